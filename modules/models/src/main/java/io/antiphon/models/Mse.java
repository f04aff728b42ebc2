package io.antiphon.models;

/// The mean squared error: PyTorch's `mse_loss`.
///
/// Predictions and targets have the same shape `[B, …]`, but for axes of length 1 at the end; a
/// loss per sample is the mean over the sample's numbers.
public final class Mse extends Elementwise {
  /// No options.
  public record Options() {}

  public Mse() {
    super("mse");
  }
}
