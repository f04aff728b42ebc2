package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// RAdam, Adam without a warm-up (Liu et al., "On the Variance of the Adaptive Learning Rate and
/// Beyond", ICLR 2020), by PyTorch's `torch.optim.RAdam`, with decoupled weight decay.
///
/// With the moments m and v of [Adam], a parameter's own step count t and ρ∞ = 2 / (1 − beta2) − 1:
/// p ← p·(1 − lr·w), ρ = ρ∞ − 2t·beta2ᵗ / (1 − beta2ᵗ). While ρ ≤ 5, in the first steps, p ← p −
/// lr·m̂; then p ← p − lr·k·m̂·√(1 − beta2ᵗ) / (√v + eps) with k = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ −
/// 4)(ρ∞ − 2)ρ)).
///
/// Together with the callback `lookahead` it is what fastai calls Ranger.
///
/// Its hyper-parameters are [io.antiphon.core.Hyper#LEARNING_RATE],
/// [io.antiphon.core.Hyper#MOMENTUM] (beta1), [io.antiphon.core.Hyper#SQUARED_MOMENTUM] (beta2),
/// [io.antiphon.core.Hyper#EPSILON] and [io.antiphon.core.Hyper#WEIGHT_DECAY].
@Id("radam")
@Summary("Adam that rectifies its variance in the place of a warm-up, with decoupled weight decay")
public record RAdam(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the first moment, in [0, 1)") double beta1,
    @Summary("decay of the second moment, in [0, 1)") double beta2,
    @Summary("what keeps the division from zero, at least 0") double eps,
    @Summary("decoupled weight decay, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {

  public RAdam {
    Check.atLeast("lr", lr, 0);
    Check.below("beta1", beta1, 0, 1);
    Check.below("beta2", beta2, 0, 1);
    Check.atLeast("eps", eps, 0);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// PyTorch's defaults: a learning rate of 1e-3, no decay.
  public RAdam() {
    this(1e-3, 0.9, 0.999, 1e-8, 0, false);
  }

  /// {@return RAdam with a learning rate, the rest by default}
  public static RAdam of(double lr) {
    var usual = new RAdam();
    return new RAdam(lr, usual.beta1, usual.beta2, usual.eps, usual.weightDecay, false);
  }

  /// {@return the same with other decays of the moments}
  public RAdam betas(double beta1, double beta2) {
    return new RAdam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another eps}
  public RAdam eps(double eps) {
    return new RAdam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public RAdam weightDecay(double weightDecay) {
    return new RAdam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public RAdam decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new RAdam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new AdamKin(
        "radam", "radam_step", new AdamKin.Options(lr, beta1, beta2, eps, weightDecay), groups);
  }
}
