package io.antiphon.losses;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task.Goal;

/// The mean absolute error: PyTorch's `l1_loss`.
///
/// Predictions and targets have the same shape `[B, …]`, but for axes of length 1 at the end; a
/// loss per sample is the mean over the sample's numbers.
public final class L1 extends Elementwise {
  /// No options.
  @Id("l1")
  @Summary("mean absolute error")
  public record Options() implements LossProvider {
    @Override
    public LossFunction create() {
      return new L1();
    }

    @Override
    public boolean suits(Goal goal) {
      return !goal.hasClasses();
    }
  }

  public L1() {
    super("l1");
  }
}
