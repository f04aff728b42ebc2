package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.function.BiFunction;

/// The mean of a loss of each sample.
///
/// @param name for messages
/// @param samples from predictions and targets to `[B]`
record SampleLoss(String name, BiFunction<NDList, NDList, NDArray> samples)
    implements LossFunction {
  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    return perSample(predictions, targets).mean();
  }

  @Override
  public NDArray perSample(NDList predictions, NDList targets) {
    NDArray losses = samples.apply(predictions, targets);
    Shape given = predictions.head().getShape();
    Shape shape = losses.getShape();
    if (shape.dimension() != 1 || shape.get(0) != given.get(0)) {
      throw new IllegalArgumentException(
          "loss '%s' gives an array of shape %s for %d samples; it must be [%3$d], one number for each sample: take the mean over the other axes"
              .formatted(name, shape, given.get(0)));
    }
    return losses;
  }

  @Override
  public boolean hasPerSample() {
    return true;
  }

  @Override
  public String toString() {
    return name;
  }
}
