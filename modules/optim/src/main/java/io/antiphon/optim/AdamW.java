package io.antiphon.optim;

import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Splitter;
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
///
/// @param lr the learning rate per step, at least 0; default 1e-3
/// @param beta1 the decay of the first moment, in [0, 1); default 0.9
/// @param beta2 the decay of the second moment, in [0, 1); default 0.999
/// @param eps what keeps the division from zero, at least 0; default 1e-8
/// @param weightDecay the decoupled weight decay, at least 0; default 0.01
/// @param decayNormsAndBiases whether weight decay applies to biases and to the weights of
///   normalisations too, as in PyTorch; if not, as in fastai, they form a group of their own,
///   without, whatever sets weight decay later; default false
public record AdamW(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the first moment, in [0, 1)") double beta1,
    @Summary("decay of the second moment, in [0, 1)") double beta2,
    @Summary("what keeps the division from zero, at least 0") double eps,
    @Summary("decoupled weight decay, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Optimizer.Factory {

  public AdamW {
    Checks.atLeastZero("lr", lr);
    Checks.fraction("beta1", beta1);
    Checks.fraction("beta2", beta2);
    Checks.atLeastZero("eps", eps);
    Checks.atLeastZero("weight-decay", weightDecay);
  }

  /// {@return AdamW with a learning rate, the rest by default}
  public static AdamW of(double lr) {
    return new AdamW(lr, 0.9, 0.999, 1e-8, 0.01, false);
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

  @Override
  public Splitter splitter() {
    return decayNormsAndBiases ? Splitter.single() : Splitter.noDecayOnNormsAndBiases();
  }
}
