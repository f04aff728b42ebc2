package io.antiphon.cli;

import io.antiphon.core.Learner;
import io.antiphon.experiment.Sentence;
import io.antiphon.schedule.LrCurve;
import io.antiphon.schedule.LrFinder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A probe of learning rates, told on a terminal.
///
/// @param finder how it goes
record LrProbe(LrFinder finder) {
  private static final double LEAST = 1e-20;
  private static final double GREATEST = 1e6;
  private static final int LONGEST = 1_000_000;

  /// {@return a probe, before anything of the experiment is made}
  static LrProbe of(double start, double end, int iterations, boolean linear) {
    check("--start", start);
    check("--end", end);
    if (iterations > LONGEST) {
      throw new WrongUsage(
          "--iterations is %d; it must be in [6, %,d]".formatted(iterations, LONGEST));
    }
    try {
      LrFinder finder = LrFinder.STANDARD.range(start, end).iterations(iterations);
      return new LrProbe(linear ? finder.sweep(LrFinder.Sweep.LINEAR) : finder);
    } catch (IllegalArgumentException e) {
      throw new WrongUsage(String.valueOf(e.getMessage()));
    }
  }

  private static void check(String option, double rate) {
    if (!(rate >= LEAST && rate <= GREATEST)) {
      throw new WrongUsage(
          "%s is %s; a rate to probe must be in [%s, %s]".formatted(option, rate, LEAST, GREATEST));
    }
  }

  void run(PrintStream out, Learner learner, Optional<Path> svg) {
    LrCurve curve = finder.find(learner);
    out.print(curve.table());
    out.println();
    out.print(curve.chart());
    out.println();
    if (curve.diverged()) {
      out.println("the loss diverged after " + curve.losses().size() + " batches");
    }
    out.print(curve.suggestions());
    svg.ifPresent(file -> write(file, curve.svg()));
    svg.ifPresent(file -> out.println("picture in " + Sentence.shown(file.toString())));
    out.flush();
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new WrongUsage("--svg: the picture cannot be written: " + Sentence.of(e));
    }
  }
}
