package io.antiphon.training;

import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import java.util.OptionalDouble;

/// Whether a monitored number got better: the one rule of early stopping, plateaus and trackers.
///
/// A value is better if it beats the best so far by more than the monitor's min-delta. The first
/// one is; a value that is not a number never is. A callback that follows a number calls [#begin]
/// before the fit, [#see] after each epoch, and [#end] in the fit's cleanup, and keeps [#state] in
/// its own.
public final class Improvement {
  private final Monitor monitor;
  private final boolean acrossFits;
  private boolean higher;
  private double best = Double.NaN;
  private int waited;
  private boolean over = true;

  /// @param monitor what is watched
  /// @param acrossFits whether the best of one fit is what the next one has to beat
  public Improvement(Monitor monitor, boolean acrossFits) {
    this.monitor = monitor;
    this.acrossFits = acrossFits;
  }

  /// What an improvement remembers.
  ///
  /// @param best the best value so far, NaN before the first
  /// @param waited how many epochs in a row were no better
  /// @param over whether the fit that they belong to has ended
  public record State(double best, int waited, boolean over) {}

  /// {@return what is watched}
  public Monitor monitor() {
    return monitor;
  }

  /// Starts afresh, unless a fit goes on whose state was restored.
  ///
  /// @throws IllegalArgumentException if the fit has no such number; the message names those that
  ///   it has
  public void begin(Fit fit) {
    monitor.check(fit);
    higher = monitor.isHigherBetter(fit.learner());
    if (over && !acrossFits) {
      best = Double.NaN;
    }
    if (over) {
      waited = 0;
    }
    over = false;
  }

  /// Judges an epoch that has ended.
  ///
  /// @return whether it is the best so far; an epoch without the number is neither better nor worse
  public boolean see(Epoch epoch) {
    OptionalDouble value = monitor.value(epoch);
    return value.isPresent() && see(value.getAsDouble());
  }

  /// Judges a value.
  ///
  /// @return whether it is the best so far
  public boolean see(double value) {
    double gain = higher ? value - best : best - value;
    boolean better = Double.isNaN(best) ? !Double.isNaN(value) : gain > monitor.minDelta();
    if (better) {
      best = value;
    }
    waited = better ? 0 : waited + 1;
    return better;
  }

  /// Notes that the fit has ended.
  public void end() {
    over = true;
  }

  /// {@return the best value, of the last fit once it has ended}
  public OptionalDouble best() {
    return Double.isNaN(best) ? OptionalDouble.empty() : OptionalDouble.of(best);
  }

  /// {@return how many epochs in a row were no better}
  public int waited() {
    return waited;
  }

  /// {@return whether as many epochs as the monitor's patience were no better}
  public boolean isExhausted() {
    return waited >= monitor.patience();
  }

  /// Starts to wait anew; the best stays.
  public void waitAgain() {
    waited = 0;
  }

  /// {@return what this remembers}
  public State state() {
    return new State(best, waited, over);
  }

  /// Takes a memory over.
  public void restore(State state) {
    best = state.best();
    waited = state.waited();
    over = state.over();
  }

  /// {@return what happened, for messages: `valid_loss was no better than 0.31 for 3 epochs`}
  @Override
  public String toString() {
    return "%s was no better than %s for %d epoch%s"
        .formatted(monitor.name(), best, waited, waited == 1 ? "" : "s");
  }
}
