package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import ai.djl.training.loss.MaskedSoftmaxCrossEntropyLoss;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import io.antiphon.core.LossFunction;

/// Any loss of DJL as a loss function. It gives no values per sample.
///
/// @param loss DJL's loss
public record DjlLoss(Loss loss) implements LossFunction {
  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    for (NDArray each : predictions) {
      // DJL has no name for bfloat16, and its losses end the JVM on it.
      if (each.getDataType() == DataType.UNKNOWN) {
        throw new IllegalArgumentException(
            ("DJL's loss '%s' does not take bfloat16 predictions; use one of Antiphon's losses, "
                    + "or full precision")
                .formatted(loss.getName()));
      }
    }
    return loss.evaluate(targets, predictions);
  }

  /// {@return whether it is a cross entropy of classes; DJL's data give their indices as float32}
  @Override
  public boolean hasIntegerTargets() {
    return loss instanceof SoftmaxCrossEntropyLoss || loss instanceof MaskedSoftmaxCrossEntropyLoss;
  }

  @Override
  public String toString() {
    return loss.getName();
  }
}
