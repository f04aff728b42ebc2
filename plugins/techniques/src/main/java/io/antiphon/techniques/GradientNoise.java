package io.antiphon.techniques;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;

/// Adds Gaussian noise to gradients before each step, which wanes (Neelakantan et al., "Adding
/// Gradient Noise Improves Learning for Very Deep Networks", 2015, arXiv:1511.06807): of the
/// variance eta / (1 + t)^gamma in the fit's training batch t, from 0.
///
/// It comes after clipping, whose bound is then that of the gradient proper.
public final class GradientNoise implements Callback {
  private static final Order ORDER = Order.CLIP.runAfter("gradient-clip");

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def add(gradients: List[Tensor], deviation: float) -> List[Tensor]:
            for g in gradients:
              torch.add_(g, torch.randn_like(g), alpha=deviation)
            return gradients
          """);

  private final double eta;
  private final double gamma;

  /// How much noise.
  @Id("gradient-noise")
  @Summary("adds noise to gradients, which wanes")
  public record Options(
      @Summary("variance at the first step, at least 0; the authors took 0.01, 0.3 or 1")
          double eta,
      @Summary("by which power of the steps it wanes, at least 0") double gamma)
      implements CallbackProvider {
    public Options {
      Check.atLeast("eta", eta, 0);
      Check.atLeast("gamma", gamma, 0);
    }

    /// The least of the authors' variances, 0.01, waning by their power, 0.55.
    public Options() {
      this(0.01, 0.55);
    }

    @Override
    public Callback create() {
      return new GradientNoise(eta, gamma);
    }
  }

  /// @param eta the variance at the first step, at least 0
  /// @param gamma by which power of the steps it wanes, at least 0
  public GradientNoise(double eta, double gamma) {
    this.eta = Check.atLeast("eta", eta, 0);
    this.gamma = Check.atLeast("gamma", gamma, 0);
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public void beforeStep(Batch batch) {
    double deviation = Math.sqrt(eta / Math.pow(1.0 + batch.fit().trainIter(), gamma));
    Learner learner = batch.fit().learner();
    try (NDManager scratch = batch.manager().newSubManager();
        var _ = RandomStream.scope();
        var _ = Autograd.off()) {
      var gradients = batch.gradients().arrays(scratch);
      if (!gradients.isEmpty()) {
        // the same on all ranks, whose gradients are summed already
        new RandomStream(learner.seed(), "gradient-noise").seedTorch(0, learner.stepsDone());
        RandomStream.draw(() -> {
          SCRIPT.run("add", gradients, deviation);
          return gradients;
        });
      }
    }
  }
}
