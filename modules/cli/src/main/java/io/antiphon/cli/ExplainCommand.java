package io.antiphon.cli;

import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon explain [FILE]`.
@Command(
    name = "explain",
    description =
        "Tells the plan before anything runs: what is open filled in, sizes, who runs when.",
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  private static final int MOST_VALUES = 10_000;

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--values",
      paramLabel = "N",
      description = {
        "Adds the values of every scheduled number, at the ends of N equal parts of the run."
      })
  private Optional<Integer> values = Optional.empty();

  private final Terminal terminal;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (values.isPresent() && (values.get() < 1 || values.get() > MOST_VALUES)) {
      throw new WrongUsage(
          "--values is %d; it must be in [1, %,d]".formatted(values.get(), MOST_VALUES));
    }
    Experiment experiment = arguments.resolve();
    try (Prepared prepared = experiment.prepare(Run.propose(Path.of(""), experiment))) {
      terminal.out().print(prepared.explain());
      if (values.isPresent() && mayBeScheduled()) {
        ScheduledValues.print(terminal.out(), prepared, values.get());
      }
      terminal.out().flush();
    }
    return 0;
  }

  /// Whether the module of schedules is here: an image without it has nothing scheduled.
  private static boolean mayBeScheduled() {
    return !ExplainCommand.class.getModule().isNamed()
        || ModuleLayer.boot().findModule("io.antiphon.schedule").isPresent();
  }
}
