package io.antiphon.training;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Stateful;
import java.util.OptionalDouble;

/// Ends a fit once a number has not got better for some epochs. The fit ends normally.
public final class EarlyStopping implements Callback, Stateful<Improvement.State> {
  private final Improvement improvement;

  /// @param monitor what is watched, and how long to wait
  /// @param acrossFits whether the best of one fit is what the next one has to beat
  public EarlyStopping(Monitor monitor, boolean acrossFits) {
    improvement = new Improvement(monitor, acrossFits);
  }

  @Override
  public Order order() {
    return Order.TRACK;
  }

  /// {@return the best value of this fit, or of the last one}
  public OptionalDouble best() {
    return improvement.best();
  }

  @Override
  public void beforeFit(Fit fit) {
    improvement.begin(fit);
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (!improvement.see(epoch) && improvement.isExhausted()) {
      epoch.fit().stopAfter(Level.EPOCH, improvement.toString());
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    improvement.end();
  }

  @Override
  public Improvement.State state(NDManager manager) {
    return improvement.state();
  }

  @Override
  public void restore(Improvement.State state) {
    improvement.restore(state);
  }

  @Override
  public Class<Improvement.State> stateType() {
    return Improvement.State.class;
  }
}
