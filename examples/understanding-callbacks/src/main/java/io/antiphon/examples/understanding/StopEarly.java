package io.antiphon.examples.understanding;

import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Level;

/// Ends the fit once a number has not fallen by some difference for some epochs (v1: `on_epoch_end`
/// that returns `stop_training`).
final class StopEarly implements Callback {
  private final String column;
  private final double minDelta;
  private final int patience;
  private double best;
  private int waited;

  StopEarly(String column, double minDelta, int patience) {
    this.column = column;
    this.minDelta = minDelta;
    this.patience = patience;
  }

  @Override
  public void beforeFit(Fit fit) {
    best = Double.POSITIVE_INFINITY;
    waited = 0;
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    double value = epoch.row().value(column);
    if (value < best - minDelta) {
      best = value;
      waited = 0;
    } else if (++waited > patience) {
      epoch.fit().stopAfter(Level.EPOCH, "%s no longer falls".formatted(column));
    }
  }
}
