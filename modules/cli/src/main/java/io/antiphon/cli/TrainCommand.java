package io.antiphon.cli;

import io.antiphon.core.FitResult;
import io.antiphon.core.Outcome;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Row;
import io.antiphon.experiment.Run;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run's folder, empty or not there; by default runs/NAME-TIME.")
  private Optional<Path> out = Optional.empty();

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
    try {
      Experiment resolved = arguments.resolve();
      Experiment experiment = quiet ? resolved.without(PROGRESS) : resolved;
      Path folder = out.orElseGet(() -> Run.propose(Path.of(""), experiment));
      boolean tells = !quiet && isSilent(experiment);
      try (Run run = Run.of(experiment, folder, row -> tell(tells, row))) {
        return train(run);
      }
    } catch (RuntimeException | Error e) {
      if (!terminal.hasSaidLast()) {
        terminal.sayLast(Run.nothing());
      }
      throw e;
    }
  }

  private int train(Run run) {
    if (!quiet) {
      terminal.out().println("run in " + run.folder());
    }
    try (var _ = new Ending(run, terminal)) {
      FitResult result = run.train();
      if (!quiet && result.outcome() instanceof Outcome.Stopped stopped) {
        terminal.out().println("stopped: " + stopped.why());
      } else if (!quiet && result.outcome() instanceof Outcome.Cancelled cancelled) {
        terminal.out().println("cancelled by " + cancelled.who() + ": " + cancelled.why());
      }
    }
    return 0;
  }

  /// Whether nobody else tells how far the run is.
  private static boolean isSilent(Experiment experiment) {
    return experiment.callbacks().stream()
        .noneMatch(choice -> choice.component().id().equals(PROGRESS));
  }

  private void tell(boolean tells, Row row) {
    if (tells) {
      var line = new StringBuilder();
      for (Map.Entry<String, String> column : row.columns().entrySet()) {
        String value = column.getValue().isEmpty() ? "-" : column.getValue();
        line.append(line.isEmpty() ? "" : "  ").append(column.getKey()).append(' ').append(value);
      }
      terminal.out().println(line.append(row.partial() ? "  (cut short)" : ""));
    }
  }
}
