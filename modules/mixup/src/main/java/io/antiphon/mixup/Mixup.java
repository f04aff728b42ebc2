package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Replacement;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// MixUp: trains on weighted means of two samples and of their losses (Zhang et al., "mixup: Beyond
/// Empirical Risk Minimization", ICLR 2018).
///
/// Every sample x of a batch, of all its inputs, becomes λ x + (1 − λ) x′, where x′ is the sample's
/// partner in a random permutation of the batch. λ is the greater of y and 1 − y for y from Beta(α,
/// α), as in fastai: a sample has at least half of its mix, so that its target is the dominant one.
///
/// Inputs are floating-point arrays `[B, …]`. What happens to the loss is told by [Interpolation].
public final class Mixup extends BatchTransform {
  private final Options options;
  private final Tunable alpha;

  /// The options of MixUp.
  @Id("mixup")
  @Summary("trains on weighted means of two samples and of their losses")
  public record Options(
      @Summary("of the distribution Beta(alpha, alpha) of shares, in [0, 1000]; 0: no mixing")
          double alpha,
      @Summary("draws a share for every sample, or one per batch") Lambda lambda,
      @Summary("mixes the loss, or the targets; auto: the loss for class indices")
          Interpolation interpolate)
      implements CallbackProvider {
    public Options {
      Check.within("alpha", alpha, 0, Beta.MOST);
    }

    /// Alpha 0.4, per sample, auto.
    public Options() {
      this(0.4, Lambda.PER_SAMPLE, Interpolation.AUTO);
    }

    @Override
    public Callback create() {
      return new Mixup(this);
    }
  }

  /// MixUp with alpha 0.4, a share per sample.
  public Mixup() {
    this(new Options());
  }

  public Mixup(Options options) {
    this(options, "");
  }

  /// @param prefix of the names of its numbers
  Mixup(Options options, String prefix) {
    this.options = options;
    this.alpha = new Tunable(prefix + "alpha", options.alpha(), 0, Beta.MOST);
  }

  /// {@return alpha, in [0, 1000]}
  public Tunable alpha() {
    return alpha;
  }

  @Override
  public List<Tunable> tunables() {
    return List.of(alpha);
  }

  @Override
  public Set<Replacement> replaces() {
    return Set.of(Replacement.LOSS_FUNCTION);
  }

  @Override
  public void transform(Batch batch, RandomGenerator random) {
    double alpha = this.alpha.get();
    int size = Math.toIntExact(batch.inputs().head().getShape().get(0));
    if (alpha == 0 || size == 0) {
      return;
    }
    int[] partners = Beta.permutation(size, random);
    int draws = options.lambda() == Lambda.PER_SAMPLE ? size : 1;
    Pairs pairs = Pairs.of(batch.manager(), partners, Beta.folded(alpha, draws, random));
    var inputs = new NDList(batch.inputs().size());
    for (NDArray input : batch.inputs()) {
      refuse(input, size);
      inputs.add(Scripts.call(batch.manager(), "mixed", input, pairs.partners(), pairs.weights()));
    }
    batch.inputs(inputs);
    batch.wrapLoss(inner -> new Mixed(name(), inner, pairs, options.interpolate()));
  }

  private static void refuse(NDArray input, int size) {
    if (input.getShape().get(0) != size) {
      throw new IllegalArgumentException(
          "mixup mixes the samples of all inputs alike, but one has %d of them and one shape %s"
              .formatted(size, input.getShape()));
    }
    if (Targets.isWhole(input)) {
      throw new IllegalArgumentException(
          "mixup takes means of inputs, but there is one of type %s; give floating-point inputs"
              .formatted(input.getDataType()));
    }
  }
}
