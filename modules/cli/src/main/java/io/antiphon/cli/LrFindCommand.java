package io.antiphon.cli;

import io.antiphon.core.spi.LrProbe;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon lr-find [FILE]`.
///
/// The finder's module need not be in an image; it is a service, which may be among the plug-ins.
@Command(
    name = "lr-find",
    description =
        "Probes learning rates, and leaves no trace: the loss at growing rates, and suggestions.",
    mixinStandardHelpOptions = true)
final class LrFindCommand implements Callable<Integer> {
  private static final String MODULE = "io.antiphon.schedule";
  private static final double LEAST = 1e-20;
  private static final double GREATEST = 1e6;
  private static final int LONGEST = 1_000_000;

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

  @Override
  public Integer call() {
    LrProbe prober = prober();
    svg.ifPresent(file -> OutputFile.check("--svg", file, "picture", "SVG", ".svg"));
    var range = new LrProbe.Range(start, end, iterations, linear);
    check("--start", start);
    check("--end", end);
    if (iterations > LONGEST) {
      throw new WrongUsage(
          "--iterations is %d; it must be in [6, %,d]".formatted(iterations, LONGEST));
    }
    try {
      prober.check(range);
    } catch (IllegalArgumentException e) {
      throw new WrongUsage(String.valueOf(e.getMessage()));
    }
    Experiment experiment = arguments.resolve();
    Path folder = Run.propose(Path.of(""), experiment);
    try (Prepared prepared = experiment.prepare(folder)) {
      LrProbe.Report report = prober.probe(prepared.learner(), range);
      terminal.out().print(report.text());
      svg.ifPresent(file -> write(file, report.picture()));
      if (Files.isDirectory(folder)) { // a report or pictures, by a callback
        terminal.out().println("more of it in " + Sentence.shown(folder.toString()));
      }
      terminal.out().flush();
    }
    return 0;
  }

  /// {@return who probes: the module of schedules, built in or among the plug-ins}
  private LrProbe prober() {
    for (ModuleLayer layer : arguments.layers()) {
      Optional<LrProbe> found = ServiceLoader.load(layer, LrProbe.class).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
    }
    return ServiceLoader.load(LrProbe.class)
        .findFirst()
        .orElseThrow(() ->
            new WrongUsage(
                "lr-find needs module %s, which is neither built in here nor among the plug-ins; "
                        .formatted(MODULE)
                    + arguments.remedy(MODULE)));
  }

  private static void check(String option, double rate) {
    if (!(rate >= LEAST && rate <= GREATEST)) {
      throw new WrongUsage(
          "%s is %s; a rate to probe must be in [%s, %s]".formatted(option, rate, LEAST, GREATEST));
    }
  }

  private void write(Path file, String picture) {
    try {
      Files.writeString(file, picture);
    } catch (IOException e) {
      throw new WrongUsage("--svg: the picture cannot be written: " + Sentence.of(e));
    }
    terminal.out().println("picture in " + Sentence.shown(file.toString()));
  }
}
