package io.antiphon.cli;

import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `antiphon explain [FILE]`.
@Command(
    name = "explain",
    description =
        "Tells the plan before anything runs: what is open filled in, sizes, who runs when.",
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  private final Terminal terminal;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Experiment experiment = arguments.resolve();
    try (Prepared prepared = experiment.prepare(Run.propose(Path.of(""), experiment))) {
      terminal.out().print(prepared.explain());
      terminal.out().flush();
    }
    return 0;
  }
}
