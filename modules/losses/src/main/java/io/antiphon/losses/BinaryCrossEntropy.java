package io.antiphon.losses;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task.Goal;

/// The binary cross entropy, in nats, from logits: PyTorch's `binary_cross_entropy_with_logits`.
/// Targets are probabilities in [0, 1].
///
/// Predictions and targets have the same shape `[B, …]`, but for axes of length 1 at the end; a
/// loss per sample is the mean over the sample's numbers.
public final class BinaryCrossEntropy extends Elementwise {
  /// No options.
  @Id("bce")
  @Summary("binary cross entropy of logits")
  public record Options() implements LossProvider {
    @Override
    public LossFunction create() {
      return new BinaryCrossEntropy();
    }

    @Override
    public boolean suits(Goal goal) {
      return !goal.hasClasses();
    }
  }

  public BinaryCrossEntropy() {
    super("bce");
  }
}
