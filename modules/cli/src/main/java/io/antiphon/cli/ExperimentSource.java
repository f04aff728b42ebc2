package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which experiment: a file, and what the command line changes in it.
class ExperimentSource {
  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = {
        "The experiment, in YAML; without one, the experiment that this image was made for, or the"
            + " built-in one."
      })
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = {
        "Changes the experiment: fit.epochs=2, data.dir=/some/folder. += appends to a list:"
            + " callbacks+=mixup, 'callbacks+={mixup: {alpha: 0.2}}'. The value is YAML."
      })
  private List<String> settings = List.of();

  /// {@return the experiment, its components taken from a catalog}
  final Experiment resolve(Catalog catalog) {
    Optional<ThisImage> image = ThisImage.find();
    Optional<Path> source = file.or(() -> image.flatMap(ThisImage::experiment));
    ExperimentFile written =
        source
            .map(ExperimentFile::read)
            .orElseGet(ExperimentFile::builtIn)
            .with(settings, Path.of(""));
    image.ifPresent(held -> held.check(written, catalog, source, settings));
    return written.resolve(catalog);
  }
}
