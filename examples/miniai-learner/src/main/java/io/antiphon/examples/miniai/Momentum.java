package io.antiphon.examples.miniai;

import io.antiphon.core.Batch;
import io.antiphon.core.StepCallback;

/// Momentum without an optimizer that has one: gradients are not quite zeroed.
record Momentum(double share) implements StepCallback {
  @Override
  public void zeroGrad(Batch batch) {
    batch.gradients().scale(share);
  }
}
