package io.antiphon.models;

/// The binary cross entropy, in nats, from logits: PyTorch's `binary_cross_entropy_with_logits`.
/// Targets are probabilities in [0, 1].
///
/// Predictions and targets have the same shape `[B, …]`, but for axes of length 1 at the end; a
/// loss per sample is the mean over the sample's numbers.
public final class BinaryCrossEntropy extends Elementwise {
  /// No options.
  public record Options() {}

  public BinaryCrossEntropy() {
    super("bce");
  }
}
