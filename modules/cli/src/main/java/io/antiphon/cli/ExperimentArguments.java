package io.antiphon.cli;

import io.antiphon.experiment.Experiment;
import java.util.List;
import picocli.CommandLine.Mixin;

/// Which experiment, and the plug-ins that it may name.
final class ExperimentArguments extends ExperimentSource {
  @Mixin private Plugins plugins = new Plugins();

  Experiment resolve() {
    return resolve(plugins.catalog());
  }

  /// {@return the modules that there are, in layers}
  List<ModuleLayer> layers() {
    return plugins.layers();
  }

  /// {@return how to come by an image that has one module more, a clause}
  String remedy(String module) {
    return remedy(plugins.catalog(), module);
  }
}
