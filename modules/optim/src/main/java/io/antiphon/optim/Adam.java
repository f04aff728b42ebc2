package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// Adam, by PyTorch's `torch.optim.Adam` (Kingma, Ba, ICLR 2015), with L2 weight decay.
///
/// With the gradient g, weight decay w and a parameter's own step count t from 1: g ← g + w·p, m ←
/// beta1·m + (1 − beta1)·g, v ← beta2·v + (1 − beta2)·g², then p ← p − lr·m̂ / (√v̂ + eps) with m̂
/// = m / (1 − beta1ᵗ) and v̂ = v / (1 − beta2ᵗ).
///
/// Its hyper-parameters are [io.antiphon.core.Hyper#LEARNING_RATE],
/// [io.antiphon.core.Hyper#MOMENTUM] (beta1), [io.antiphon.core.Hyper#SQUARED_MOMENTUM] (beta2),
/// [io.antiphon.core.Hyper#EPSILON] and [io.antiphon.core.Hyper#WEIGHT_DECAY].
@Id("adam")
@Summary("Adam with L2 weight decay")
public record Adam(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the first moment, in [0, 1)") double beta1,
    @Summary("decay of the second moment, in [0, 1)") double beta2,
    @Summary("what keeps the division from zero, at least 0") double eps,
    @Summary("factor of the L2 penalty, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {

  public Adam {
    Check.atLeast("lr", lr, 0);
    Check.below("beta1", beta1, 0, 1);
    Check.below("beta2", beta2, 0, 1);
    Check.atLeast("eps", eps, 0);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// A learning rate of 1e-3, PyTorch's defaults else, no decay.
  public Adam() {
    this(1e-3, 0.9, 0.999, 1e-8, 0, false);
  }

  /// {@return Adam with a learning rate, the rest by default}
  public static Adam of(double lr) {
    var usual = new Adam();
    return new Adam(lr, usual.beta1, usual.beta2, usual.eps, usual.weightDecay, false);
  }

  /// {@return the same with other decays of the moments}
  public Adam betas(double beta1, double beta2) {
    return new Adam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another eps}
  public Adam eps(double eps) {
    return new Adam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public Adam weightDecay(double weightDecay) {
    return new Adam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public Adam decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new Adam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new FusedAdam(this, false, groups, true);
  }
}
