package io.antiphon.examples.miniai;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Order;

/// Ends the fit after one batch, once the callbacks of order 0 have had it.
final class SingleBatch implements Callback {
  @Override
  public Order order() {
    return Order.at(1);
  }

  @Override
  public void afterBatch(Batch batch) {
    throw new CancelFitException("one batch is enough");
  }
}
