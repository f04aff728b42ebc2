package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// RMSProp (Hinton, lecture 6e of "Neural Networks for Machine Learning", 2012), by PyTorch's
/// `torch.optim.RMSprop`.
///
/// With the gradient g and weight decay w: g ← g + w·p, v ← alpha·v + (1 − alpha)·g²; centred
/// (Graves, 2013) also a ← alpha·a + (1 − alpha)·g. With r = √v + eps, centred r = √(v − a²) + eps:
/// p ← p − lr·g / r, or with momentum m a buffer b ← m·b + g / r and p ← p − lr·b.
///
/// Its hyper-parameters are [io.antiphon.core.Hyper#LEARNING_RATE],
/// [io.antiphon.core.Hyper#SQUARED_MOMENTUM] (alpha), [io.antiphon.core.Hyper#EPSILON],
/// [io.antiphon.core.Hyper#WEIGHT_DECAY] and, if it has any to begin with,
/// [io.antiphon.core.Hyper#MOMENTUM].
@Id("rmsprop")
@Summary("gradients divided by a moving average of their magnitude")
public record RmsProp(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the average of squares, in [0, 1)") double alpha,
    @Summary("what keeps the division from zero, at least 0") double eps,
    @Summary("decay of a momentum buffer, in [0, 1); 0 for none") double momentum,
    @Summary("whether to divide by the deviation in the place of the magnitude") boolean centered,
    @Summary("factor of the L2 penalty, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {

  public RmsProp {
    Check.atLeast("lr", lr, 0);
    Check.below("alpha", alpha, 0, 1);
    Check.atLeast("eps", eps, 0);
    Check.below("momentum", momentum, 0, 1);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// PyTorch's defaults: a learning rate of 0.01, alpha 0.99, no momentum, no decay.
  public RmsProp() {
    this(0.01, 0.99, 1e-8, 0, false, 0, false);
  }

  /// {@return RMSProp with a learning rate, the rest by default}
  public static RmsProp of(double lr) {
    var usual = new RmsProp();
    return new RmsProp(lr, usual.alpha, usual.eps, 0, false, 0, false);
  }

  /// {@return the same with another decay of the average of squares}
  public RmsProp alpha(double alpha) {
    return new RmsProp(lr, alpha, eps, momentum, centered, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another eps}
  public RmsProp eps(double eps) {
    return new RmsProp(lr, alpha, eps, momentum, centered, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another momentum}
  public RmsProp momentum(double momentum) {
    return new RmsProp(lr, alpha, eps, momentum, centered, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same, centred or not}
  public RmsProp centered(boolean centered) {
    return new RmsProp(lr, alpha, eps, momentum, centered, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public RmsProp weightDecay(double weightDecay) {
    return new RmsProp(lr, alpha, eps, momentum, centered, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public RmsProp decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new RmsProp(lr, alpha, eps, momentum, centered, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new FusedRmsProp(this, groups);
  }
}
