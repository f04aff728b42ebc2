package io.antiphon.training;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Order;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Ends the fit at the first loss that is infinite or not a number, in training or validation, but
/// for one of a batch of which nothing counts.
///
/// It reads the loss of every batch, for which it waits for the device.
public final class TerminateOnNan implements Callback {
  private static final Order ORDER = Order.at(-9);

  /// There is nothing to set.
  @Id("terminate-on-nan")
  @Summary("ends the fit at a loss that is infinite or not a number")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new TerminateOnNan();
    }
  }

  public TerminateOnNan() {}

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  @Override
  public void afterBatch(Batch batch) {
    if (batch.hasLoss() && !Double.isFinite(batch.lossValue()) && batch.counted() > 0) {
      throw new CancelFitException(
          ("the loss is %s at %s batch %d of epoch %d; try a smaller learning rate or gradient "
                  + "clipping")
              .formatted(
                  batch.lossValue(),
                  batch.isTraining() ? "training" : "validation",
                  batch.index(),
                  batch.pass().epoch().index()));
    }
  }
}
