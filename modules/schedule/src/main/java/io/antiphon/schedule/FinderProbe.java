package io.antiphon.schedule;

import io.antiphon.core.Learner;
import io.antiphon.core.spi.LrProbe;

/// [LrFinder] as a service of the command line.
public final class FinderProbe implements LrProbe {
  /// Made by `ServiceLoader`.
  public FinderProbe() {
    // nothing to prepare
  }

  private static LrFinder finder(Range range) {
    LrFinder finder =
        LrFinder.STANDARD.range(range.start(), range.end()).iterations(range.iterations());
    return range.linear() ? finder.sweep(LrFinder.Sweep.LINEAR) : finder;
  }

  @Override
  public void check(Range range) {
    finder(range);
  }

  @Override
  public Report probe(Learner learner, Range range) {
    LrCurve curve = finder(range).find(learner);
    var text = new StringBuilder();
    text.append(curve.table()).append('\n').append(curve.chart()).append('\n');
    if (curve.diverged()) {
      text.append("the loss diverged after %,d batches%n".formatted(curve.losses().size()));
    }
    text.append(curve.suggestions());
    return new Report(text.toString(), curve.svg());
  }
}
