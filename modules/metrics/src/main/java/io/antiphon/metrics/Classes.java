package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/// How predictions of classes and their targets are given.
///
/// @param function `indices`, `probabilities` or `logits`
/// @param places how many predictions there are
record Classes(String function, long places) {
  static Classes of(String metric, NDArray predictions, NDArray targets) {
    Shape x = predictions.getShape();
    Shape y = targets.getShape();
    int axes = x.dimension();
    long classes = axes < 2 ? 1 : x.get(axes - 1);
    Shape places = axes < 2 ? x : x.slice(0, axes - 1);
    if (y.equals(places) || y.equals(places.add(1))) {
      return new Classes(classes == 1 ? "logits" : "indices", places.size());
    }
    if (y.equals(x)) {
      return new Classes("probabilities", places.size());
    }
    throw new IllegalArgumentException(
        ("%s compares classes, but targets of shape %s do not fit predictions of shape %s; give "
                + "class indices %s or probabilities %s")
            .formatted(metric, y, x, places, x));
  }
}
