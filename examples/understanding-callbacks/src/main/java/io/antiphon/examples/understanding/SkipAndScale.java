package io.antiphon.examples.understanding;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBackwardException;

/// Skips the backward pass of a loss that is too high, and doubles one that is too low (v1:
/// `on_backward_begin` that returns `skip_bwd`, or another `last_loss`).
final class SkipAndScale implements Callback {
  private final double low;
  private final double high;
  private int skipped;
  private int scaled;

  SkipAndScale(double low, double high) {
    this.low = low;
    this.high = high;
  }

  int skipped() {
    return skipped;
  }

  int scaled() {
    return scaled;
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  @Override
  public void beforeBackward(Batch batch) {
    if (batch.lossValue() > high) {
      skipped++;
      throw new CancelBackwardException("the loss is " + batch.lossValue());
    }
    if (batch.lossValue() < low) {
      scaled++;
      batch.objective(batch.objective().mul(2)); // what is reported stays
    }
  }
}
