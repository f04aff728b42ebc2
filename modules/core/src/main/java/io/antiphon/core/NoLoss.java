package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/// The loss function of a learner that only predicts, or whose step has a loss of its own.
final class NoLoss implements LossFunction {
  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    throw new IllegalStateException(
        "this learner has no loss function: call loss(…) on the builder, or let its training step"
            + " have a loss of its own");
  }

  @Override
  public String toString() {
    return "none";
  }
}
