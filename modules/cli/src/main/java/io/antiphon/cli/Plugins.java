package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Folders of plug-ins beside what is built in: those named, and `plugins` in the image.
///
/// The modules of a folder become a module layer of their own, and so do those of each folder in
/// it: plug-ins that bring different versions of one library lie in folders of their own, and do
/// not clash. What cannot be used is left out with a warning. Options that name a class find it in
/// all of them, by the thread's context class loader. The argument `[--plugins DIR]…` of a command.
public final class Plugins {
  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description = {
        "A folder of plug-ins: modules in jars, or folders of these for plug-ins with libraries"
            + " of their own. May be given several times."
      })
  private List<Path> folders = List.of();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  private final List<ModuleLayer> layers = new ArrayList<>();

  public Plugins() {}

  /// {@return the folders that the command line names}
  public List<Path> folders() {
    return folders;
  }

  /// {@return the components that there are}
  public Catalog catalog() {
    return Catalog.of(layers());
  }

  /// {@return the boot layer, and those of the folders; what is left out is told once}
  public List<ModuleLayer> layers() {
    if (layers.isEmpty()) {
      layers.add(ModuleLayer.boot());
      ThisImage.find().flatMap(ThisImage::plugins).ifPresent(folder -> add(folder, layers));
      folders.forEach(folder -> add(folder, layers));
      if (layers.size() > 1) {
        Thread.currentThread().setContextClassLoader(new PluginClasses(layers));
      }
    }
    return List.copyOf(layers);
  }

  private void add(Path folder, List<ModuleLayer> layers) {
    if (!Files.isDirectory(folder)) {
      throw new WrongUsage("there is no folder '" + folder + "' of plug-ins");
    }
    try (Stream<Path> inside = Files.list(folder)) {
      layers.add(layer(folder));
      inside.filter(this::holdsJars).sorted().forEach(each -> layers.add(layer(each)));
    } catch (AccessDeniedException e) {
      throw new WrongUsage("the folder '" + folder + "' of plug-ins may not be read by this user");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return the plug-ins of a folder, after a warning about those that cannot be used}
  private ModuleLayer layer(Path folder) {
    PluginModules modules = PluginModules.of(List.of(folder));
    modules.leftOut().forEach(this::warn);
    return modules.layer();
  }

  private void warn(String sentence) {
    command.commandLine().getErr().println("antiphon: " + Sentence.shown(sentence));
  }

  private boolean holdsJars(Path folder) {
    if (!Files.isDirectory(folder)) {
      if (!Files.exists(folder) && !folder.toString().endsWith(".jar")) {
        warn("'%s' among the plug-ins is a link to what is not there".formatted(folder));
      }
      return false;
    }
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.anyMatch(file -> file.toString().endsWith(".jar"));
    } catch (IOException e) {
      warn(
          "the folder '%s' of plug-ins is passed over: it cannot be read by this user"
              .formatted(folder));
      return false;
    }
  }
}
