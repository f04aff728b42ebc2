package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// LAMB, for large batches (You et al., "Large Batch Optimization for Deep Learning", ICLR 2020,
/// algorithm 2 with φ(z) = z).
///
/// With m̂ and v̂ of [Adam] and weight decay w: r ← m̂ / (√v̂ + eps) + w·p, then p ← p − lr·(‖p‖ /
/// ‖r‖)·r, with Euclidean norms of each array; the ratio is 1 where one of them is 0.
///
/// Its hyper-parameters are [io.antiphon.core.Hyper#LEARNING_RATE],
/// [io.antiphon.core.Hyper#MOMENTUM] (beta1), [io.antiphon.core.Hyper#SQUARED_MOMENTUM] (beta2),
/// [io.antiphon.core.Hyper#EPSILON] and [io.antiphon.core.Hyper#WEIGHT_DECAY].
@Id("lamb")
@Summary("Adam whose update of an array is as long as the array times the rate: for large batches")
public record Lamb(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the first moment, in [0, 1)") double beta1,
    @Summary("decay of the second moment, in [0, 1)") double beta2,
    @Summary("what keeps the division from zero, at least 0") double eps,
    @Summary("decoupled weight decay, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {

  public Lamb {
    Check.atLeast("lr", lr, 0);
    Check.below("beta1", beta1, 0, 1);
    Check.below("beta2", beta2, 0, 1);
    Check.atLeast("eps", eps, 0);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// The authors' defaults: betas of 0.9 and 0.999, eps 1e-6, a decay of 0.01; a learning rate of
  /// 1e-3.
  public Lamb() {
    this(1e-3, 0.9, 0.999, 1e-6, 0.01, false);
  }

  /// {@return LAMB with a learning rate, the rest by default}
  public static Lamb of(double lr) {
    var usual = new Lamb();
    return new Lamb(lr, usual.beta1, usual.beta2, usual.eps, usual.weightDecay, false);
  }

  /// {@return the same with other decays of the moments}
  public Lamb betas(double beta1, double beta2) {
    return new Lamb(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another eps}
  public Lamb eps(double eps) {
    return new Lamb(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public Lamb weightDecay(double weightDecay) {
    return new Lamb(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public Lamb decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new Lamb(lr, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new AdamKin(
        "lamb", "lamb_step", new AdamKin.Options(lr, beta1, beta2, eps, weightDecay), groups);
  }
}
