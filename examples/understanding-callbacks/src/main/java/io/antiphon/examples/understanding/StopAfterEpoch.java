package io.antiphon.examples.understanding;

import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Level;

/// Ends the fit after an epoch (v1: `on_epoch_end` that returns `stop_training`).
record StopAfterEpoch(int last) implements Callback {
  @Override
  public void afterEpoch(Epoch epoch) {
    if (epoch.index() == last) {
      epoch.fit().stopAfter(Level.EPOCH, "that was epoch %d".formatted(last));
    }
  }
}
