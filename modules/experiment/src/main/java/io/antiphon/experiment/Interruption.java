package io.antiphon.experiment;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Ends a fit soon, and normally, when another thread asks for it; or after a number of epochs, so
/// that it goes on later.
final class Interruption implements Callback {
  private volatile @Nullable String why;
  private volatile long epochs = Long.MAX_VALUE;

  /// Lets a fit pause once the learner has done so many epochs in its life.
  void pauseAfter(long epochs) {
    this.epochs = epochs;
  }

  /// Asks for the end; any thread may. The first reason stays.
  void request(String reason) {
    if (why == null) {
      why = reason;
    }
  }

  boolean isRequested() {
    return why != null;
  }

  @Override
  public Order order() {
    return Order.TRACK;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  @Override
  public void afterBatch(Batch batch) {
    String reason = why;
    if (reason != null) {
      batch.fit().stopAfter(Level.BATCH, reason);
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (epoch.number() + 1 >= epochs) {
      epoch.fit().pauseAfterEpoch(Run.PAUSED);
    }
  }
}
