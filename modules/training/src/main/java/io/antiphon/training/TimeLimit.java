package io.antiphon.training;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Stops a fit normally once it has run for some time; the time before it was resumed counts.
public final class TimeLimit implements Callback, Stateful<TimeLimit.State> {
  private final Options options;
  private final LongSupplier nanoTime;
  private long before;
  private long start;
  private boolean running;

  /// Where a fit stops.
  public enum After {
    /// After the batch, without a validation.
    BATCH,
    /// After the epoch, with its validation.
    EPOCH
  }

  /// For how long.
  @Id("time-limit")
  @Summary("stops a fit once it has run for some time")
  public record Options(
      @Summary("for how long: 90s, 30m, 1.5h; more than 0") Duration time,
      @Summary("where it stops: after the batch, without the validation, or after the epoch")
          After after)
      implements CallbackProvider {
    public Options {
      if (!time.isPositive()) {
        throw Check.refused("time", time, "more than 0");
      }
    }

    /// Eight hours, to the end of the epoch.
    public Options() {
      this(Duration.ofHours(8), After.EPOCH);
    }

    @Override
    public Callback create() {
      return new TimeLimit(this);
    }
  }

  /// What the callback remembers.
  ///
  /// @param nanos for how long the fit has run, in nanoseconds
  public record State(long nanos) {}

  public TimeLimit(Options options) {
    this(options, System::nanoTime);
  }

  TimeLimit(Options options, LongSupplier nanoTime) {
    this.options = options;
    this.nanoTime = nanoTime;
  }

  @Override
  public Order order() {
    return Order.TRACK;
  }

  @Override
  public void beforeFit(Fit fit) {
    start = nanoTime.getAsLong();
    running = true;
  }

  @Override
  public void afterBatch(Batch batch) {
    if (options.after() == After.BATCH) {
      look(batch.fit());
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    look(epoch.fit());
  }

  private void look(Fit fit) {
    if (elapsed() >= options.time().toNanos()) {
      Level level = options.after() == After.BATCH ? Level.BATCH : Level.EPOCH;
      fit.stopAfter(level, "the time limit of %s is over".formatted(text()));
    }
  }

  private String text() {
    return options.time().toString().substring(2).toLowerCase(java.util.Locale.ROOT);
  }

  private long elapsed() {
    return before + (running ? nanoTime.getAsLong() - start : 0);
  }

  @Override
  public void cleanupFit(Fit fit) {
    before = 0;
    running = false;
  }

  @Override
  public State state(NDManager manager) {
    return new State(elapsed());
  }

  @Override
  public void restore(State state) {
    before = state.nanos();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
