package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/// Folders of plug-ins beside what is built in. Each becomes a module layer of its own.
final class Plugins {
  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description = "A folder of plug-ins: modules in jars. May be given several times.")
  private List<Path> folders = List.of();

  Catalog catalog() {
    var layers = new ArrayList<ModuleLayer>();
    layers.add(ModuleLayer.boot());
    folders.forEach(folder -> layers.add(layer(folder)));
    return Catalog.of(layers);
  }

  private static ModuleLayer layer(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new WrongUsage("there is no folder '" + folder + "' of plug-ins");
    }
    ModuleFinder finder = ModuleFinder.of(folder);
    ModuleLayer boot = ModuleLayer.boot();
    try {
      Set<String> roots =
          finder.findAll().stream()
              .map(ModuleReference::descriptor)
              .map(descriptor -> descriptor.name())
              .filter(name -> boot.findModule(name).isEmpty())
              .collect(Collectors.toSet());
      Configuration modules = boot.configuration().resolve(ModuleFinder.of(), finder, roots);
      return boot.defineModulesWithOneLoader(modules, ClassLoader.getSystemClassLoader());
    } catch (FindException | ResolutionException e) {
      throw new WrongUsage(
          "the plug-ins in '%s' cannot be used: %s".formatted(folder, e.getMessage()));
    }
  }
}
