package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// Stochastic gradient descent with momentum, by PyTorch's `torch.optim.SGD`.
///
/// With the gradient g and weight decay w, at each step: g ← g + w·p; in a parameter's first step
/// with momentum m the buffer b ← g, later b ← m·b + (1 − dampening)·g; then p ← p − lr·b, with
/// Nesterov p ← p − lr·(g + m·b), without momentum p ← p − lr·g.
///
/// Its hyper-parameters are [Hyper#LEARNING_RATE], [Hyper#MOMENTUM], [Hyper#WEIGHT_DECAY] and
/// [#DAMPENING].
@Id("sgd")
@Summary("stochastic gradient descent with momentum, Nesterov and L2 weight decay")
public record Sgd(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the momentum buffer, in [0, 1)") double momentum,
    @Summary("how much less than the whole gradient enters the buffer, in [0, 1]") double dampening,
    @Summary("factor of the L2 penalty, at least 0") double weightDecay,
    @Summary("whether to look ahead; needs momentum and no dampening") boolean nesterov,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {
  /// How much less than the whole gradient enters the momentum buffer.
  public static final Hyper DAMPENING = new Hyper("dampening");

  public Sgd {
    Check.atLeast("lr", lr, 0);
    Check.below("momentum", momentum, 0, 1);
    Check.within("dampening", dampening, 0, 1);
    Check.atLeast("weight-decay", weightDecay, 0);
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new RefusedException(
          "nesterov",
          "nesterov needs a momentum above 0 and no dampening; momentum is %s, dampening %s"
              .formatted(momentum, dampening));
    }
  }

  /// Plain gradient descent at a learning rate of 1e-3.
  public Sgd() {
    this(1e-3, 0, 0, 0, false, false);
  }

  /// {@return plain gradient descent with a learning rate, the rest by default}
  public static Sgd of(double lr) {
    return new Sgd(lr, 0, 0, 0, false, false);
  }

  /// {@return the same with another momentum}
  public Sgd momentum(double momentum) {
    return new Sgd(lr, momentum, dampening, weightDecay, nesterov, decayNormsAndBiases);
  }

  /// {@return the same with another dampening}
  public Sgd dampening(double dampening) {
    return new Sgd(lr, momentum, dampening, weightDecay, nesterov, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public Sgd weightDecay(double weightDecay) {
    return new Sgd(lr, momentum, dampening, weightDecay, nesterov, decayNormsAndBiases);
  }

  /// {@return the same with or without Nesterov's look ahead}
  public Sgd nesterov(boolean nesterov) {
    return new Sgd(lr, momentum, dampening, weightDecay, nesterov, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public Sgd decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new Sgd(lr, momentum, dampening, weightDecay, nesterov, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new FusedSgd(this, groups, true);
  }
}
