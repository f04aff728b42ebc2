package io.antiphon.metrics;

/// How a score of several classes becomes one number, as in scikit-learn.
public enum Average {
  /// The score of class 1 if there are two classes; else as [#MACRO].
  AUTO,
  /// The mean over the classes that occur, in targets or predictions.
  MACRO,
  /// The mean over classes, each weighted by how often it is the target.
  WEIGHTED,
  /// The score of the counts of all classes together.
  MICRO
}
