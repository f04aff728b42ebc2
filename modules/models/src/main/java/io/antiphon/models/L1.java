package io.antiphon.models;

/// The mean absolute error: PyTorch's `l1_loss`.
///
/// Predictions and targets have the same shape `[B, …]`, but for axes of length 1 at the end; a
/// loss per sample is the mean over the sample's numbers.
public final class L1 extends Elementwise {
  /// No options.
  public record Options() {}

  public L1() {
    super("l1");
  }
}
