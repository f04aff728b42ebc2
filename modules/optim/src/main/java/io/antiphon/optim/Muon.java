package io.antiphon.optim;

import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// Muon for matrices (Jordan et al., "Muon: An optimizer for hidden layers in neural networks",
/// 2024), [AdamW] for all other arrays, with the scale by which both share learning rate and decay
/// (Liu et al., "Muon is Scalable for LLM Training", 2025, arXiv:2502.16982).
///
/// An array of two axes or more is a matrix of its first axis and all others. With the gradient g:
/// b ← momentum·b + (1 − momentum)·g; u ← (1 − momentum)·g + momentum·b, Nesterov's; u is brought
/// near an orthogonal matrix by five steps of Newton and Schulz, x ← a·x + (b·xxᵀ + c·(xxᵀ)²)·x
/// with (a, b, c) = (3.4445, −4.775, 2.0315), from u / max(‖u‖, 1e-7); then p ← p·(1 − lr·w) −
/// lr·0.2·√max(rows, columns)·x. Computed in the parameter's own type, not in bfloat16 as PyTorch's
/// `torch.optim.Muon` does.
///
/// Its authors leave the first and the last layer to AdamW:
/// [io.antiphon.core.Optimizer.Factory#ofParts] gives each part of a model its own optimizer.
///
/// Its hyper-parameters are [Hyper#LEARNING_RATE], [Hyper#MOMENTUM] (of matrices), [#BETA1] and
/// [Hyper#SQUARED_MOMENTUM] (of other arrays), [Hyper#EPSILON] and [Hyper#WEIGHT_DECAY].
@Id("muon")
@Summary("orthogonal updates of matrices, AdamW for all else")
public record Muon(
    @Summary("learning rate per step, at least 0") double lr,
    @Summary("decay of the momentum of matrices, in [0, 1)") double momentum,
    @Summary("decay of the first moment of other arrays, in [0, 1)") double beta1,
    @Summary("decay of the second moment of other arrays, in [0, 1)") double beta2,
    @Summary("what keeps the division from zero for other arrays, at least 0") double eps,
    @Summary("decoupled weight decay, at least 0") double weightDecay,
    @Summary("whether biases and weights of normalisations decay too") boolean decayNormsAndBiases)
    implements Decaying {
  /// The decay of the first moment of arrays that are no matrices.
  public static final Hyper BETA1 = new Hyper("beta1");

  public Muon {
    Check.atLeast("lr", lr, 0);
    Check.below("momentum", momentum, 0, 1);
    Check.below("beta1", beta1, 0, 1);
    Check.below("beta2", beta2, 0, 1);
    Check.atLeast("eps", eps, 0);
    Check.atLeast("weight-decay", weightDecay, 0);
  }

  /// A learning rate of 1e-3 and a decay of 0.1, PyTorch's defaults; momentum 0.95, betas 0.9 and
  /// 0.95.
  public Muon() {
    this(1e-3, 0.95, 0.9, 0.95, 1e-8, 0.1, false);
  }

  /// {@return Muon with a learning rate, the rest by default}
  public static Muon of(double lr) {
    var usual = new Muon();
    return new Muon(
        lr, usual.momentum, usual.beta1, usual.beta2, usual.eps, usual.weightDecay, false);
  }

  /// {@return the same with another momentum of matrices}
  public Muon momentum(double momentum) {
    return new Muon(lr, momentum, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with other decays of the moments of arrays that are no matrices}
  public Muon betas(double beta1, double beta2) {
    return new Muon(lr, momentum, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another eps}
  public Muon eps(double eps) {
    return new Muon(lr, momentum, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with another weight decay}
  public Muon weightDecay(double weightDecay) {
    return new Muon(lr, momentum, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return the same with or without weight decay on biases and normalisations}
  public Muon decayNormsAndBiases(boolean decayNormsAndBiases) {
    return new Muon(lr, momentum, beta1, beta2, eps, weightDecay, decayNormsAndBiases);
  }

  /// {@return an optimizer of these groups, whose memory is an [OptimizerState]}
  @Override
  public Optimizer create(List<ParameterGroup> groups) {
    return new FusedMuon(this, groups);
  }
}
