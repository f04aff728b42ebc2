package io.antiphon.cli;

import io.antiphon.core.Outcome;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Row;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.Sentence;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon train [FILE]`.
///
/// The last line on standard output is one JSON object, whichever way the run ends.
@Command(
    name = "train",
    description = "Trains; without a file, the built-in experiment on built-in data.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  private static final String PROGRESS = "progress";
  private static final String DRY_RUN = "dry run: one batch was trained, and everything is there";

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run's folder, empty or not there; by default runs/NAME-TIME.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--dry-run",
      description = "Train one batch, and end as if asked to: shows that everything is there.")
  private boolean dryRun;

  @Option(
      names = {"-q", "--quiet"},
      description = "Say nothing but the last line.")
  private boolean quiet;

  private final Terminal terminal;

  TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (var ending = new Ending(terminal)) {
      Experiment resolved = arguments.resolve();
      Experiment experiment = quiet ? resolved.without(PROGRESS) : resolved;
      var table = new EpochTable(terminal);
      Consumer<Row> reader = quiet || tellsItself(experiment) ? _ -> {} : table::add;
      try (Run run = begin(experiment, reader)) {
        ending.watch(run);
        if (dryRun) {
          run.stopSoon(DRY_RUN);
        }
        tell("run in " + Sentence.shown(run.folder().toString()));
        tell(run.train().outcome());
      }
    }
    return 0;
  }

  private Run begin(Experiment experiment, Consumer<Row> reader) {
    return out.map(folder -> Run.of(experiment, folder, reader))
        .orElseGet(() -> Run.in(Path.of(""), experiment, reader));
  }

  private void tell(Outcome outcome) {
    switch (outcome) {
      case Outcome.Stopped stopped when stopped.why().equals(DRY_RUN) -> tell(DRY_RUN);
      case Outcome.Stopped stopped -> tell("stopped: " + stopped.why());
      case Outcome.Cancelled cancelled ->
          tell("cancelled by " + cancelled.who() + ": " + cancelled.why());
      case Outcome.Finished _, Outcome.Running _ -> {}
    }
  }

  private void tell(String line) {
    if (!quiet) {
      terminal.out().println(line);
    }
  }

  /// Whether a component tells how far the run is.
  private static boolean tellsItself(Experiment experiment) {
    return experiment.callbacks().stream()
        .anyMatch(choice -> choice.component().id().equals(PROGRESS));
  }
}
