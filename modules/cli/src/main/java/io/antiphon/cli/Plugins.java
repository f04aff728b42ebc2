package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/// Folders of plug-ins beside what is built in: those named, and `plugins` in the image.
///
/// The modules of a folder become a module layer of their own, and so do those of each folder in
/// it: plug-ins that bring different versions of one library lie in folders of their own, and do
/// not clash.
final class Plugins {
  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description = {
        "A folder of plug-ins: modules in jars, or folders of these for plug-ins with libraries"
            + " of their own. May be given several times."
      })
  private List<Path> folders = List.of();

  Catalog catalog() {
    var layers = new ArrayList<ModuleLayer>();
    layers.add(ModuleLayer.boot());
    ThisImage.find().flatMap(ThisImage::plugins).ifPresent(folder -> add(folder, layers));
    folders.forEach(folder -> add(folder, layers));
    return Catalog.of(layers);
  }

  private static void add(Path folder, List<ModuleLayer> layers) {
    if (!Files.isDirectory(folder)) {
      throw new WrongUsage("there is no folder '" + folder + "' of plug-ins");
    }
    layers.add(layer(List.of(folder)));
    try (Stream<Path> inside = Files.list(folder)) {
      inside.filter(Plugins::holdsJars).sorted().forEach(each -> layers.add(layer(List.of(each))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean holdsJars(Path folder) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.anyMatch(file -> file.toString().endsWith(".jar"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return the modules of a path, those apart that the boot layer has already}
  static ModuleLayer layer(List<Path> path) {
    ModuleFinder finder = ModuleFinder.of(path.toArray(Path[]::new));
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
          "the plug-ins in %s cannot be used: %s%s"
              .formatted(
                  path.stream().map(each -> "'" + each + "'").collect(Collectors.joining(", ")),
                  e.getMessage(),
                  remedy()));
    }
  }

  private static String remedy() {
    return ThisImage.find().flatMap(ThisImage::experiment).isPresent()
        ? "; 'antiphon image FILE -o DIR --add-modules NAME' makes an image with one module more"
        : "";
  }
}
