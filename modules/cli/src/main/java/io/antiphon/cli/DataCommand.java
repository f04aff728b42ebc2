package io.antiphon.cli;

import io.antiphon.experiment.DataReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `antiphon data [FILE]`.
@Command(
    name = "data",
    description =
        "Tells what is in an experiment's data: samples, classes with counts, columns, what is"
            + " missing.",
    mixinStandardHelpOptions = true)
final class DataCommand implements Callable<Integer> {
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  private final Terminal terminal;

  DataCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.out().print(DataReport.of(arguments.resolve()));
    terminal.out().flush();
    return 0;
  }
}
