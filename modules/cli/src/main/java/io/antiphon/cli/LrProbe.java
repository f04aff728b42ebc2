package io.antiphon.cli;

import io.antiphon.core.Learner;
import io.antiphon.schedule.LrCurve;
import io.antiphon.schedule.LrFinder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A probe of learning rates, told on a terminal.
final class LrProbe {
  private LrProbe() {}

  static void run(
      PrintStream out,
      Learner learner,
      double start,
      double end,
      int iterations,
      boolean linear,
      Optional<Path> svg) {
    LrCurve curve = finder(start, end, iterations, linear).find(learner);
    out.print(curve.table());
    out.println();
    out.print(curve.chart());
    out.println();
    if (curve.diverged()) {
      out.println("the loss diverged after " + curve.losses().size() + " batches");
    }
    out.print(curve.suggestions());
    svg.ifPresent(file -> write(file, curve.svg()));
    svg.ifPresent(file -> out.println("picture in " + file));
    out.flush();
  }

  private static LrFinder finder(double start, double end, int iterations, boolean linear) {
    try {
      LrFinder finder = LrFinder.STANDARD.range(start, end).iterations(iterations);
      return linear ? finder.sweep(LrFinder.Sweep.LINEAR) : finder;
    } catch (IllegalArgumentException e) {
      throw new WrongUsage(String.valueOf(e.getMessage()));
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new WrongUsage("--svg: '" + file + "' cannot be written: " + e);
    }
  }
}
