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

/// CutMix: pastes a box of one image into another, and mixes their losses by area (Yun et al.,
/// "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV
/// 2019).
///
/// For λ from Beta(α, α), the box has √(1 − λ) of the image's height and width, rounded, less a
/// pixel where that is odd; its centre is drawn evenly over the pixels, and what lies outside the
/// image is cut off. An image is mixed with its partner in a random permutation of the batch. Then
/// λ becomes the area that was kept, as a fraction. With less than half kept, the image goes *into*
/// the box, its partner around it, and λ becomes 1 − λ: the same mixes as in the paper, each in the
/// place of the image that dominates it, so that the targets of the batch stay the dominant ones.
///
/// Inputs are images `[B, …, H, W]` of any type, all of one height and width. What happens to the
/// loss is told by [Interpolation].
public final class Cutmix extends BatchTransform {
  private final Options options;
  private final Tunable alpha;

  /// The options of CutMix.
  @Id("cutmix")
  @Summary("trains on images with a box of another, and on losses mixed by area")
  public record Options(
      @Summary("of the distribution Beta(alpha, alpha) of shares, in [0, 1000]; 0: no mixing")
          double alpha,
      @Summary("draws a box for every sample, or one per batch") Lambda lambda,
      @Summary("mixes the loss, or the targets; auto: the loss for class indices")
          Interpolation interpolate)
      implements CallbackProvider {
    public Options {
      Check.within("alpha", alpha, 0, Beta.MOST);
    }

    /// Alpha 1, per batch, auto.
    public Options() {
      this(1, Lambda.PER_BATCH, Interpolation.AUTO);
    }

    @Override
    public Callback create() {
      return new Cutmix(this);
    }
  }

  /// CutMix with alpha 1, a box per batch.
  public Cutmix() {
    this(new Options());
  }

  public Cutmix(Options options) {
    this(options, "");
  }

  /// @param prefix of the names of its numbers
  Cutmix(Options options, String prefix) {
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
    if (alpha == 0) {
      return;
    }
    Images images = Images.of(name(), batch.inputs());
    images.refuseTargetsPerPixel(name(), batch.targets());
    if (images.count() == 0) {
      return;
    }
    int[] partners = Beta.permutation(images.count(), random);
    Pairs pairs =
        options.lambda() == Lambda.PER_BATCH
            ? cutBatch(batch, images, partners, alpha, random)
            : cutSamples(batch, images, partners, alpha, random);
    batch.wrapLoss(inner -> new Mixed(name(), inner, pairs, options.interpolate()));
  }

  private static Pairs cutBatch(
      Batch batch, Images images, int[] partners, double alpha, RandomGenerator random) {
    Box box = box(images, Beta.draw(alpha, 1, random)[0], random);
    double kept = kept(images, box);
    Pairs pairs = Pairs.of(batch.manager(), partners, Math.max(kept, 1 - kept));
    var inputs = new NDList(batch.inputs().size());
    for (NDArray input : batch.inputs()) {
      inputs.add(
          Scripts.call(
              batch.manager(),
              kept >= 0.5 ? "cut_in" : "cut_out",
              input,
              pairs.partners(),
              box.top(),
              box.left(),
              box.height(),
              box.width()));
    }
    batch.inputs(inputs);
    return pairs;
  }

  private static Pairs cutSamples(
      Batch batch, Images images, int[] partners, double alpha, RandomGenerator random) {
    double[] shares = Beta.draw(alpha, images.count(), random);
    var mask = new Mask(images);
    for (int i = 0; i < shares.length; i++) {
      Box box = box(images, shares[i], random);
      double kept = kept(images, box);
      mask.add(i, box);
      if (kept < 0.5) {
        mask.invert(i);
      }
      shares[i] = Math.max(kept, 1 - kept);
    }
    Pairs pairs = Pairs.of(batch.manager(), partners, shares);
    NDArray replaced = mask.toArray(batch.manager());
    var inputs = new NDList(batch.inputs().size());
    for (NDArray input : batch.inputs()) {
      inputs.add(Scripts.call(batch.manager(), "where", input, pairs.partners(), replaced));
    }
    batch.inputs(inputs);
    return pairs;
  }

  private static Box box(Images images, double lambda, RandomGenerator random) {
    double side = Math.sqrt(1 - lambda);
    return Box.around(
        images.height(),
        images.width(),
        2 * ((int) Math.rint(images.height() * side) / 2),
        2 * ((int) Math.rint(images.width() * side) / 2),
        random);
  }

  private static double kept(Images images, Box box) {
    return 1 - (double) box.area() / (images.height() * images.width());
  }
}
