package io.antiphon.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/// Checks and fits the shapes of predictions and targets.
final class Shapes {
  private Shapes() {}

  /// {@return whether targets are class indices, one for each row of logits; else they are
  /// probabilities of the logits' shape}
  static boolean areClasses(NDArray logits, NDArray targets) {
    Shape x = logits.getShape();
    Shape y = targets.getShape();
    int last = x.dimension() - 1;
    if (last < 1) {
      throw new IllegalArgumentException(
          "cross entropy needs logits [B, …, C], but the predictions have shape " + x);
    }
    if (y.equals(x) && x.get(last) > 1) {
      return false;
    }
    Shape places = x.slice(0, last);
    if (y.equals(places) || y.equals(places.add(1))) {
      return true;
    }
    if (last > 1 && y.equals(x.slice(0, 1).addAll(x.slice(2)))) {
      throw new IllegalArgumentException(
          ("targets of shape %s do not fit logits of shape %s: classes are the last axis here, not"
                  + " the second as in PyTorch; let the model give %s, by transpose or moveAxis")
              .formatted(y, x, y.add(x.get(1))));
    }
    throw new IllegalArgumentException(
        ("targets of shape %s do not fit logits of shape %s; give class indices %s or "
                + "probabilities %s")
            .formatted(y, x, places, x));
  }

  /// Checks that targets have the shape of the predictions, but for axes of length 1 at the end.
  static void same(String loss, NDArray predictions, NDArray targets) {
    Shape x = predictions.getShape();
    Shape y = targets.getShape();
    if (!x.equals(y) && !trimmed(x).equals(trimmed(y))) {
      throw new IllegalArgumentException(
          ("%s compares each prediction with its target, but the predictions have shape %s and "
                  + "the targets %s; reshape one of them")
              .formatted(loss, x, y));
    }
  }

  // Without the axes of length 1 behind the batch's axis.
  private static Shape trimmed(Shape shape) {
    int length = shape.dimension();
    while (length > 1 && shape.get(length - 1) == 1) {
      length--;
    }
    return shape.slice(0, length);
  }

  /// {@return libtorch's number of the type to compute a loss in: float64 stays, all else float32}
  static int type(NDArray predictions) {
    return predictions.getDataType() == DataType.FLOAT64 ? 7 : 6;
  }

  /// {@return the means per sample of losses per place, `[B]`}
  static NDArray perSample(NDArray losses, long samples) {
    return losses.getShape().dimension() == 1 && losses.getShape().get(0) == samples
        ? losses
        : losses.reshape(samples, -1).mean(new int[] {1});
  }
}
