package io.antiphon.progress;

import io.antiphon.core.spi.Work;
import java.util.Optional;
import java.util.function.LongSupplier;

/// A bar for work before a fit, where standard output is a terminal. What is over soon has none.
public final class WorkBar implements Work.Shower {
  /// Made by `ServiceLoader`.
  public WorkBar() {
    // nothing to prepare
  }

  @Override
  public Optional<Work> show(String what, long total) {
    return Screen.isTerminal()
        ? Optional.of(new Drawn(what, total, Screen.of(System.out, true), System::nanoTime))
        : Optional.empty();
  }

  /// Draws one.
  static final class Drawn implements Work {
    private static final long SOON = 500_000_000; // ns
    private static final long INTERVAL = 100_000_000;

    private final String what;
    private final long total;
    private final Screen screen;
    private final LongSupplier clock;
    private final long begun;
    private long drawn;
    private long done;

    /// @param clock nanoseconds from anywhere
    Drawn(String what, long total, Screen screen, LongSupplier clock) {
      this.what = what;
      this.total = total;
      this.screen = screen;
      this.clock = clock;
      begun = clock.getAsLong();
      drawn = begun + SOON - INTERVAL;
    }

    @Override
    public void add(long more) {
      done += more;
      long now = clock.getAsLong();
      if (now - drawn >= INTERVAL) {
        drawn = now;
        double left = done == 0 ? Double.NaN : (now - begun) / 1e9 * (total - done) / done;
        screen.draw(
            new ProgressBar(
                what,
                new ProgressBar.Part(done, total),
                Optional.empty(),
                Double.NaN,
                Double.NaN,
                Math.max(0, left)));
      }
    }

    @Override
    public void close() {
      screen.close();
    }
  }
}
