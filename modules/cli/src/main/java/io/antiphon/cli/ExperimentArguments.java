package io.antiphon.cli;

import io.antiphon.experiment.Experiment;
import picocli.CommandLine.Mixin;

/// Which experiment, and the plug-ins that it may name.
final class ExperimentArguments extends ExperimentSource {
  @Mixin private Plugins plugins = new Plugins();

  Experiment resolve() {
    return resolve(plugins.catalog());
  }

  /// {@return how to come by an image that has one module more, a clause}
  String remedy(String module) {
    return remedy(plugins.catalog(), module);
  }
}
