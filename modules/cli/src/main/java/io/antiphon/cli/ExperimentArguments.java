package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;

/// Which experiment, and the plug-ins that it may name: the arguments `[FILE] [--set PATH=VALUE]…
/// [--plugins DIR]…` of a command.
public final class ExperimentArguments extends ExperimentSource {
  @Mixin private Plugins plugins = new Plugins();

  public ExperimentArguments() {}

  /// {@return the experiment}
  ///
  /// @throws io.antiphon.core.options.OptionException if it is wrong, or names what is not there
  public Experiment resolve() {
    return resolve(catalog());
  }

  /// {@return what is written of the experiment, before any component is looked up}
  ///
  /// @throws io.antiphon.core.options.OptionException if it is wrong, or names what this image
  ///   lacks
  public ExperimentFile file() {
    return file(catalog());
  }

  /// {@return the components that there are}
  public Catalog catalog() {
    return plugins.catalog();
  }

  /// {@return the modules that there are, in layers}
  public List<ModuleLayer> layers() {
    return plugins.layers();
  }

  /// {@return the folders of plug-ins that the command line names}
  public List<Path> folders() {
    return plugins.folders();
  }

  /// {@return how to come by an image that has one module more, a clause}
  String remedy(String module) {
    return remedy(plugins.catalog(), module);
  }
}
