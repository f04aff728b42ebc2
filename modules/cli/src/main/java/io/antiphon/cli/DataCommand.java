package io.antiphon.cli;

import io.antiphon.experiment.DataReport;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon data [FILE]`.
@Command(
    name = "data",
    description =
        "Tells what is in an experiment's data: samples, classes with counts, columns, what is"
            + " missing.",
    mixinStandardHelpOptions = true)
final class DataCommand implements Callable<Integer> {
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--sheet",
      paramLabel = "FILE",
      description = {
        "Writes some of the training images into a PNG file, to look at: a row for each class."
      })
  private Optional<Path> sheet = Optional.empty();

  private final Terminal terminal;

  DataCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    sheet.ifPresent(file -> OutputFile.check("--sheet", file, "sheet", "PNG", ".png"));
    terminal.out().print(DataReport.of(arguments.resolve(), sheet));
    terminal.out().flush();
    return 0;
  }
}
