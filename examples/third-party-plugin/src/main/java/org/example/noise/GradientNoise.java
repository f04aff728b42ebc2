package org.example.noise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;

/// Adds normal noise to the gradients, whose variance decays as `eta / (1 + t)^gamma` with the
/// training step `t` (Neelakantan et al., 2015, "Adding Gradient Noise Improves Learning for Very
/// Deep Networks").
///
/// Antiphon seeds torch before each step, so the noise is the same in every run with one seed.
public final class GradientNoise implements Callback {
  /// How much noise.
  @Id("acme-gradient-noise")
  @Summary("normal noise on the gradients, which decays")
  public record Options(
      @Summary("variance of the noise at the first step, at least 0") double eta,
      @Summary("how fast it decays, at least 0") double gamma)
      implements CallbackProvider {
    /// Refuses negative numbers.
    public Options {
      Check.atLeast("eta", eta, 0);
      Check.atLeast("gamma", gamma, 0);
    }

    /// As in the paper.
    public Options() {
      this(0.01, 0.55);
    }

    @Override
    public Callback create() {
      return new GradientNoise(this);
    }
  }

  private final Options options;

  /// Creates the callback.
  public GradientNoise(Options options) {
    this.options = options;
  }

  @Override
  public void beforeStep(Batch batch) {
    double deviation =
        Math.sqrt(options.eta() / Math.pow(1 + batch.fit().trainIter(), options.gamma()));
    try (var _ = Autograd.off();
        NDManager scratch = batch.manager().newSubManager()) {
      for (NDArray gradient : batch.gradients().arrays(scratch)) {
        gradient.addi(
            scratch.randomNormal(
                0, (float) deviation, gradient.getShape(), gradient.getDataType()));
      }
    }
  }
}
