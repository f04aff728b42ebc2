package io.antiphon.experiment;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import java.util.EnumSet;
import java.util.Set;

/// Ends a fit soon, and normally, when another thread asks for it.
final class Interruption implements Callback {
  private volatile boolean requested;

  /// Asks for the end; any thread may.
  void request() {
    requested = true;
  }

  boolean isRequested() {
    return requested;
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
    if (requested) {
      batch.fit().stopAfter(Level.BATCH, "interrupted");
    }
  }
}
