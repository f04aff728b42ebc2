package io.antiphon.mixup;

/// What is mixed along with the inputs.
public enum Interpolation {
  /// Targets that have the shape of the predictions are mixed themselves, and so are numbers for a
  /// loss without classes; for class indices the loss is mixed.
  AUTO,
  /// The loss: λ times the loss for a sample's own target plus 1 − λ times that for its partner's,
  /// sample by sample, then the mean.
  LOSS,
  /// The targets: λ times the sample's own plus 1 − λ times the partner's; class indices are first
  /// made one-hot, so the loss must take probabilities.
  TARGETS
}
