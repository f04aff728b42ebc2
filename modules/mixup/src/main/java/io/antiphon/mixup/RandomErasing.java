package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.RandomStream;
import java.util.List;
import java.util.random.RandomGenerator;

/// Random erasing: replaces a box in some of the images by noise (Zhong et al., "Random Erasing
/// Data Augmentation", AAAI 2020).
///
/// Each image is erased with some probability. The box's area is drawn evenly between two fractions
/// of the image's, its aspect ratio evenly on a logarithmic scale between `aspect` and 1 /
/// `aspect`, its place evenly among those where it lies within the image; a box that does not fit
/// is drawn again, ten times at most. Inputs are images `[B, …, H, W]`, floating-point, all of one
/// height and width. Noise is from the standard normal distribution, so inputs should be
/// standardised. The loss stays.
public final class RandomErasing extends BatchTransform {
  private static final int TRIES = 10;

  private final Options options;
  private final Tunable probability;

  /// The options of random erasing.
  @Id("random-erasing")
  @Summary("replaces a box in some training images by noise")
  public record Options(
      @Summary("probability of an image to be erased, in [0, 1]") double probability,
      @Summary("least area of a box as a fraction of the image's, in [0, 1]") double minArea,
      @Summary("greatest area of a box as a fraction of the image's, in [min-area, 1]")
          double maxArea,
      @Summary("least ratio of height to width, in (0, 1]; the greatest is its inverse")
          double aspect,
      @Summary("fills with normal noise rather than 0") boolean noise)
      implements CallbackProvider {
    public Options {
      Check.within("probability", probability, 0, 1);
      Check.within("min-area", minArea, 0, 1);
      Check.within("max-area", maxArea, 0, 1);
      if (minArea > maxArea) {
        throw Check.refused("max-area", maxArea, "at least min-area, " + minArea);
      }
      Check.upTo("aspect", aspect, 0, 1);
    }

    /// The values of the paper.
    public Options() {
      this(0.5, 0.02, 0.4, 0.3, true);
    }

    /// {@return the same with another probability}
    public Options probability(double probability) {
      return new Options(probability, minArea, maxArea, aspect, noise);
    }

    /// {@return the same with another least area}
    public Options minArea(double minArea) {
      return new Options(probability, minArea, maxArea, aspect, noise);
    }

    /// {@return the same with another greatest area}
    public Options maxArea(double maxArea) {
      return new Options(probability, minArea, maxArea, aspect, noise);
    }

    /// {@return the same with another aspect}
    public Options aspect(double aspect) {
      return new Options(probability, minArea, maxArea, aspect, noise);
    }

    /// {@return the same that fills with normal noise, or with 0}
    public Options noise(boolean noise) {
      return new Options(probability, minArea, maxArea, aspect, noise);
    }

    @Override
    public Callback create() {
      return new RandomErasing(this);
    }
  }

  /// Random erasing with the values of the paper.
  public RandomErasing() {
    this(new Options());
  }

  public RandomErasing(Options options) {
    this(options, "");
  }

  /// @param prefix of the names of its numbers
  RandomErasing(Options options, String prefix) {
    this.options = options;
    this.probability = new Tunable(prefix + "probability", options.probability(), 0, 1);
  }

  /// {@return the probability of an image to be erased, in [0, 1]}
  public Tunable probability() {
    return probability;
  }

  @Override
  public List<Tunable> tunables() {
    return List.of(probability);
  }

  @Override
  public void transform(Batch batch, RandomGenerator random) {
    Images images = Images.of(name(), batch.inputs());
    batch.inputs().forEach(this::refuseWhole);
    var mask = new Mask(images);
    for (int i = 0; i < images.count(); i++) {
      if (random.nextDouble() < probability.get()) {
        mask.add(i, box(images, random));
      }
    }
    NDArray erased = mask.toArray(batch.manager());
    String function = options.noise() ? "erase_noise" : "erase";
    var inputs = new NDList(batch.inputs().size());
    for (NDArray input : batch.inputs()) {
      inputs.add(RandomStream.draw(() -> Scripts.call(batch.manager(), function, input, erased)));
    }
    batch.inputs(inputs);
  }

  private void refuseWhole(NDArray input) {
    if (options.noise() && Targets.isWhole(input)) {
      throw new IllegalArgumentException(
          ("random-erasing draws normal noise, but there is an input of type %s; give"
                  + " floating-point images, or noise: false")
              .formatted(input.getDataType()));
    }
  }

  private Box box(Images images, RandomGenerator random) {
    double pixels = (double) images.height() * images.width();
    double spread = -Math.log(options.aspect());
    for (int i = 0; i < TRIES; i++) {
      double area = pixels * uniform(options.minArea(), options.maxArea(), random);
      double aspect = Math.exp(uniform(-spread, spread, random));
      int height = (int) Math.rint(Math.sqrt(area * aspect));
      int width = (int) Math.rint(Math.sqrt(area / aspect));
      if (height <= images.height() && width <= images.width()) {
        int top = random.nextInt(images.height() - height + 1);
        int left = random.nextInt(images.width() - width + 1);
        return new Box(top, left, height, width);
      }
    }
    return new Box(0, 0, 0, 0);
  }

  private static double uniform(double least, double greatest, RandomGenerator random) {
    return least + (greatest - least) * random.nextDouble();
  }
}
