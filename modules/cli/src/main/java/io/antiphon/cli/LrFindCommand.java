package io.antiphon.cli;

import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon lr-find [FILE]`.
///
/// The finder's module need not be in an image; nothing here names its types, so that the other
/// commands work without it.
@Command(
    name = "lr-find",
    description =
        "Probes learning rates, and leaves no trace: the loss at growing rates, and suggestions.",
    mixinStandardHelpOptions = true)
final class LrFindCommand implements Callable<Integer> {
  private static final String MODULE = "io.antiphon.schedule";

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--start",
      paramLabel = "LR",
      description = "The first rate; by default ${DEFAULT-VALUE}.",
      defaultValue = "1e-7")
  private double start;

  @Option(
      names = "--end",
      paramLabel = "LR",
      description = "The rate that the last batch comes near to; by default ${DEFAULT-VALUE}.",
      defaultValue = "10")
  private double end;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "How many batches, 6 to 1,000,000; by default ${DEFAULT-VALUE}.",
      defaultValue = "100")
  private int iterations;

  @Option(
      names = "--linear",
      description = "Grow by the same amount each time, not by the same factor.")
  private boolean linear;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Writes the curve as a picture, FILE.svg.")
  private Optional<Path> svg = Optional.empty();

  private final Terminal terminal;

  LrFindCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private static void checkSvg(Path file) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".svg")) {
      throw new WrongUsage(
          "--svg: '%s' does not end in .svg, and the picture is in SVG".formatted(file));
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new WrongUsage("--svg: there is no folder '%s' for the picture".formatted(folder));
    }
    if (Files.isDirectory(file)) {
      throw new WrongUsage("--svg: '%s' is a folder".formatted(file));
    }
    if (!Files.isWritable(Files.exists(file) ? file : folder)) {
      throw new WrongUsage("--svg: '%s' may not be written by this user".formatted(file));
    }
  }

  @Override
  public Integer call() {
    if (LrFindCommand.class.getModule().isNamed()
        && ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      throw new WrongUsage(
          "lr-find needs module %s, which is not built in here, and does not take it from a folder of"
                  .formatted(MODULE)
              + " plug-ins; "
              + arguments.remedy(MODULE));
    }
    svg.ifPresent(LrFindCommand::checkSvg);
    LrProbe probe = LrProbe.of(start, end, iterations, linear);
    Experiment experiment = arguments.resolve();
    try (Prepared prepared = experiment.prepare(Run.propose(Path.of(""), experiment))) {
      probe.run(terminal.out(), prepared.learner(), svg);
    }
    return 0;
  }
}
