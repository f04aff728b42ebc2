package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.spi.Task;

/// How predictions of classes and their targets are given.
///
/// Targets of the shape of the predictions, of several numbers a place, are labels of which several
/// may hold if the learner's task says so ([Task.Goal#LABELS]), and probabilities of classes else.
///
/// @param function `indices`, `probabilities`, `logits` or `labels`
/// @param places how many predictions there are
record Classes(String function, long places) {
  static boolean areLabels(Batch batch) {
    return batch.fit().learner().task().map(task -> task.goal() == Task.Goal.LABELS).orElse(false);
  }

  /// {@return the refusal of labels by what compares classes}
  static IllegalArgumentException noLabels(String metric) {
    return new IllegalArgumentException(
        "%s compares classes, of which one holds, and these are labels, of which several may; name binary-accuracy, f-beta or roc-auc"
            .formatted(metric));
  }

  /// Refuses a task with labels for what compares classes.
  static void check(String metric, Task task) {
    if (task.goal() == Task.Goal.LABELS) {
      throw noLabels(metric);
    }
  }

  /// @param labels whether several of the predicted numbers may hold
  static Classes of(String metric, NDArray predictions, NDArray targets, boolean labels) {
    Shape x = predictions.getShape();
    Shape y = targets.getShape();
    int axes = x.dimension();
    long classes = axes < 2 ? 1 : x.get(axes - 1);
    Shape places = axes < 2 ? x : x.slice(0, axes - 1);
    if (y.equals(places) || y.equals(places.add(1))) {
      return new Classes(classes == 1 ? "logits" : "indices", places.size());
    }
    if (y.equals(x)) {
      return new Classes(labels ? "labels" : "probabilities", places.size());
    }
    throw new IllegalArgumentException(
        ("%s compares classes, but targets of shape %s do not fit predictions of shape %s; give "
                + "class indices %s or probabilities %s")
            .formatted(metric, y, x, places, x));
  }
}
