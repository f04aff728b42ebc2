package io.antiphon.core;

/// Why the loop runs. A callback says which purposes it joins, see [Callback#purposes].
public enum Purpose {
  /// Training, with validation.
  FIT,
  /// One validation part alone: a fit of one epoch without a training part.
  VALIDATE,
  /// As [#VALIDATE], on data whose targets may be missing, for its predictions.
  PREDICT,
  /// A probe of learning rates that leaves no trace: training, without validation.
  LR_FIND
}
