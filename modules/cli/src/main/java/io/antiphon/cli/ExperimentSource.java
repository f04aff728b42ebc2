package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which experiment: a file, and what the command line changes in it.
class ExperimentSource {
  private static final String REPORT = "report";

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

  private Optional<String> live = Optional.empty();

  /// {@return the experiment, its components taken from a catalog}
  final Experiment resolve(Catalog catalog) {
    return file(catalog).resolve(catalog);
  }

  /// {@return what is written of it, after a look whether this image has all that it names}
  final ExperimentFile file(Catalog catalog) {
    Optional<ThisImage> image = ThisImage.find();
    if (file.isEmpty()) {
      image.filter(own -> own.experiment().isPresent()).ifPresent(ThisImage::verify);
    }
    ExperimentFile written = written();
    image.ifPresent(held -> held.check(written, catalog, source(), settings()));
    return written;
  }

  /// Has the report shown live, which is added if the experiment names none.
  final void serve(String address) {
    live = Optional.of(address);
  }

  /// {@return whether the command line says something of the experiment}
  public final boolean isSaid() {
    return file.isPresent() || !settings.isEmpty();
  }

  /// Takes a file in place of what the command line says.
  final void take(Path other) {
    file = Optional.of(other);
  }

  /// {@return how to come by an image of this experiment that has one module more, a clause}
  final String remedy(Catalog catalog, String module) {
    return ThisImage.find()
        .filter(image -> image.experiment().isPresent())
        .map(image -> image.remedy(written(), catalog, source(), settings(), List.of(module)))
        .orElse("put it on the module path and name it with --add-modules");
  }

  private Optional<Path> source() {
    return file.or(() -> ThisImage.find().flatMap(ThisImage::experiment));
  }

  private ExperimentFile written() {
    return file().with(settings(), Path.of(""));
  }

  private ExperimentFile file() {
    return source().map(ExperimentFile::read).orElseGet(ExperimentFile::builtIn);
  }

  /// {@return what the command line changes}
  private List<String> settings() {
    if (live.isEmpty()) {
      return settings;
    }
    var all = new ArrayList<>(settings);
    boolean isThere =
        file().with(settings, Path.of("")).components().stream()
            .anyMatch(each -> each.kind() == Kind.CALLBACK && each.id().equals(REPORT));
    if (!isThere) {
      all.add("callbacks+=" + REPORT);
    }
    all.add("callbacks.%s.serve=\"%s\"".formatted(REPORT, live.get()));
    return all;
  }
}
