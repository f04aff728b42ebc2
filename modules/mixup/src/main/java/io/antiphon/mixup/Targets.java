package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.LossFunction;

/// What targets mean.
final class Targets {
  private Targets() {}

  /// {@return whether a target is class indices: integers, or numbers for a loss that takes
  /// classes, unless it has the shape of the predictions and so is a number or probability for
  /// each}
  static boolean areClasses(LossFunction loss, NDList predictions, NDList targets, int index) {
    NDArray target = targets.get(index);
    return !target.getShape().equals(of(predictions, index).getShape())
        && (loss.hasIntegerTargets() || isWhole(target));
  }

  /// {@return the predictions that a target belongs to: those of its index, else the last}
  static NDArray of(NDList predictions, int index) {
    return predictions.get(Math.min(index, predictions.size() - 1));
  }

  /// {@return whether an array holds integers or truth values}
  static boolean isWhole(NDArray array) {
    return array.getDataType().isInteger() || array.getDataType() == DataType.BOOLEAN;
  }

  /// {@return probabilities from class indices, of the shape of the predictions, float64 as they or
  /// else float32: 1 − s + s / C for the class, s / C for the others, all 0 where the index is -100
  /// (left out)}
  ///
  /// @param predictions `[B, …, C]`
  /// @param classes `[B, …]` or `[B, …, 1]`
  /// @param smoothing s, the part that all classes share
  /// @param whole whether they are [#normalized]
  static NDArray distribution(
      NDArray predictions, NDArray classes, double smoothing, boolean whole) {
    Shape shape = predictions.getShape();
    int last = shape.dimension() - 1;
    if (last < 1 || classes.size() * shape.get(last) != predictions.size()) {
      throw new IllegalArgumentException(
          "class indices of shape %s do not fit predictions of shape %s, which must be [B, …, C] with"
                  .formatted(classes.getShape(), shape)
              + " one index for each C numbers");
    }
    try {
      return Scripts.call(
          predictions.getManager(), "distribution", classes, predictions, smoothing, whole);
    } catch (IllegalArgumentException e) {
      if (String.valueOf(e.getMessage()).contains("out of bounds")) {
        throw new IllegalArgumentException(
            ("a target is no class index in [0, %d), which is what predictions of shape %s need;"
                    + " count the classes of the data from 0")
                .formatted(shape.get(last), shape),
            e);
      }
      throw e;
    }
  }

  /// {@return probabilities of which some rows may be left out or weigh less, the others greater
  /// for it, so that a mean over all places is that over those that count}
  static NDArray normalized(NDArray probabilities) {
    return Scripts.call(probabilities.getManager(), "normalized", probabilities);
  }
}
