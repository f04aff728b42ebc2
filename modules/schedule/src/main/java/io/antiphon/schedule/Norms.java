package io.antiphon.schedule;

/// What becomes of the weights of norms (gamma and beta) in a frozen part.
public enum Norms {
  /// They are trained all the same, as fastai's `train_bn` has it.
  TRAIN,
  /// They are frozen like the rest.
  FREEZE
}
