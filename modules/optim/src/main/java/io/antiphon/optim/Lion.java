package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// Lion, "evolved sign momentum" (Chen et al., "Symbolic Discovery of Optimization Algorithms",
/// 2023, arXiv:2302.06675): every weight moves by the learning rate, in the direction of the sign
/// alone.
///
/// With the gradient g, weight decay w and a momentum m that is zero before a parameter's first
/// step: u ← sign(beta1·m + (1 − beta1)·g), then p ← p − lr·(u + w·p), m ← beta2·m + (1 − beta2)·g.
///
/// It remembers one array of each parameter, half of what Adam does. Its updates are larger, so the
/// authors take a learning rate 3 to 10 times smaller than for AdamW, and a weight decay as many
/// times larger.
///
/// Its hyper-parameters are [Hyper#LEARNING_RATE], [Hyper#MOMENTUM] (beta1), [#BETA2] and
/// [Hyper#WEIGHT_DECAY].
@Id("lion")
@Summary("the sign of a momentum, with decoupled weight decay")
public record Lion(
    @Summary("learning rate per step, 0 to 1e30") double lr,
    @Summary("share of the momentum in an update's direction, in [0, 1)") double beta1,
    @Summary("decay of the momentum, in [0, 1)") double beta2,
    @Summary("decoupled weight decay, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {
  /// The decay of the momentum.
  public static final Hyper BETA2 = new Hyper("beta2");

  public Lion {
    Check.within("lr", lr, 0, 1e30);
    Check.below("beta1", beta1, 0, 1);
    Check.below("beta2", beta2, 0, 1);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// The authors' defaults: a learning rate of 1e-4, betas of 0.9 and 0.99, no decay.
  public Lion() {
    this(1e-4, 0.9, 0.99, 0, false);
  }

  /// {@return Lion with a learning rate, the rest by default}
  public static Lion of(double lr) {
    var usual = new Lion();
    return new Lion(lr, usual.beta1, usual.beta2, usual.weightDecay, false);
  }

  /// {@return the same with another share and another decay of the momentum}
  public Lion betas(double beta1, double beta2) {
    return new Lion(lr, beta1, beta2, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public Lion weightDecay(double weightDecay) {
    return new Lion(lr, beta1, beta2, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public Lion decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new Lion(lr, beta1, beta2, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new FusedLion(this, groups);
  }
}
