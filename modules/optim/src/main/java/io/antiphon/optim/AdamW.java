package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// AdamW, by PyTorch's `torch.optim.AdamW` (Loshchilov, Hutter, ICLR 2019): Adam whose weight decay
/// does not pass through the moments.
///
/// With weight decay w, at each step p ← p − lr·w·p, then as [Adam] without weight decay.
///
/// Its hyper-parameters are [io.antiphon.core.Hyper#LEARNING_RATE],
/// [io.antiphon.core.Hyper#MOMENTUM] (beta1), [io.antiphon.core.Hyper#SQUARED_MOMENTUM] (beta2),
/// [io.antiphon.core.Hyper#EPSILON] and [io.antiphon.core.Hyper#WEIGHT_DECAY].
@Id("adamw")
@Summary("Adam with decoupled weight decay")
public record AdamW(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the first moment, in [0, 1)") double beta1,
    @Summary("decay of the second moment, in [0, 1)") double beta2,
    @Summary("what keeps the division from zero, at least 0") double eps,
    @Summary("decoupled weight decay, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {

  public AdamW {
    Check.atLeast("lr", lr, 0);
    Check.below("beta1", beta1, 0, 1);
    Check.below("beta2", beta2, 0, 1);
    Check.atLeast("eps", eps, 0);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// A learning rate of 1e-3, PyTorch's defaults else: a decay of 0.01.
  public AdamW() {
    this(1e-3, 0.9, 0.999, 1e-8, 0.01, false);
  }

  /// {@return AdamW with a learning rate, the rest by default}
  public static AdamW of(double lr) {
    var usual = new AdamW();
    return new AdamW(lr, usual.beta1, usual.beta2, usual.eps, usual.weightDecay, false);
  }

  /// {@return the same with other decays of the moments}
  public AdamW betas(double beta1, double beta2) {
    return new AdamW(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another eps}
  public AdamW eps(double eps) {
    return new AdamW(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public AdamW weightDecay(double weightDecay) {
    return new AdamW(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public AdamW decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new AdamW(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new FusedAdam(
        new Adam(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases), true, groups, true);
  }
}
