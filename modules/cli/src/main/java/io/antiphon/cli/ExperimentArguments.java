package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which experiment: a file, and what the command line changes in it.
final class ExperimentArguments {
  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The experiment, in YAML; without one, the built-in experiment.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = {
        "Changes the experiment: fit.epochs=2, data.dir=/some/folder. += appends to a list:"
            + " callbacks+=mixup, 'callbacks+={mixup: {alpha: 0.2}}'. The value is YAML."
      })
  private List<String> settings = List.of();

  @Mixin private Plugins plugins = new Plugins();

  Experiment resolve() {
    Catalog catalog = plugins.catalog();
    ExperimentFile written = file.map(ExperimentFile::read).orElseGet(ExperimentFile::builtIn);
    return written.with(settings, Path.of("")).resolve(catalog);
  }
}
