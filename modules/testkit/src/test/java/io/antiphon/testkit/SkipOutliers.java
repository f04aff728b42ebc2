package io.antiphon.testkit;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBackwardException;
import io.antiphon.core.Hyper;

/// Skips the backward pass of outliers; the step, by momentum alone then, is half as long.
final class SkipOutliers implements Callback {
  @Override
  public void beforeBackward(Batch batch) {
    if (batch.lossValue() > 5) {
      batch.set(Hyper.LEARNING_RATE, batch.fit().optimizer().get(Hyper.LEARNING_RATE) / 2);
      throw new CancelBackwardException("the loss is " + batch.lossValue());
    }
  }

  @Override
  public boolean waitsForDevice() {
    return true; // for the loss as a number
  }
}
