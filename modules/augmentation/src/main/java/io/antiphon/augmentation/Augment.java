package io.antiphon.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Order;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.util.random.RandomGenerator;

/// Changes training images at random, each in its own way, on the device.
///
/// In this order: shift (a crop of the padded image), flip, rotation and zoom as one affine
/// transform, whose values are interpolated once; contrast and brightness; noise. What is drawn
/// comes from the seed, the epoch and the step. Validation sees images as they are; predictions
/// too, but by [TestTimeAugmentation].
///
/// Inputs are images `[B, C, H, W]`, floating-point, as the data standardised them: brightness and
/// noise are in units of their values. Targets that are masks, `[B, H, W]` of the images' height
/// and width, move with the images, to the nearest pixel; with zeros as padding, what comes from
/// outside has the index `outside`, by default -100, which `cross-entropy` leaves out, and is 0
/// where the loss compares no classes. Other targets stay.
public final class Augment extends BatchTransform {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def images(x: Tensor, theta: Tensor, padding: int) -> Tensor:
            grid = torch.affine_grid_generator(torch.type_as(theta, x), torch.size(x), False)
            return torch.grid_sampler(x, grid, 0, padding, False)
          def masks(y: Tensor, theta: Tensor, padding: int, outside: int) -> Tensor:
            values = torch.to(torch.unsqueeze(torch.sub(y, outside), 1), 7)
            grid = torch.affine_grid_generator(torch.type_as(theta, values), torch.size(values), False)
            moved = torch.grid_sampler(values, grid, 1, padding, False)
            return torch.type_as(torch.add(torch.squeeze(moved, 1), outside), y)
          def light(x: Tensor, factors: Tensor) -> Tensor:
            both = torch.type_as(factors, x)
            mean = torch.mean(x, [1, 2, 3], True)
            changed = torch.mul(torch.sub(x, mean), torch.select(both, 0, 0))
            return torch.add(changed, torch.add(mean, torch.select(both, 0, 1)))
          def noise(x: Tensor, deviation: float) -> Tensor:
            return torch.add(x, torch.randn_like(x), alpha=deviation)
          """);

  private final Options options;

  /// What lies outside an image.
  public enum Padding {
    /// Zeros: the mean of standardised images.
    ZEROS(0),
    /// The nearest pixel of the edge.
    BORDER(1),
    /// The image mirrored at its edge.
    REFLECTION(2);

    private final int code; // of torch.grid_sampler

    Padding(int code) {
      this.code = code;
    }
  }

  /// What is changed, and how far at most.
  @Id("augment")
  @Summary(
      "changes training images at random: shift, flip, rotation, zoom, contrast, brightness, noise")
  public record Options(
      @Summary("largest shift, as a fraction of height and width, in [0, 1]") double shift,
      @Summary("probability that left and right are swapped, in [0, 1]") double flip,
      @Summary("probability that top and bottom are swapped, in [0, 1]") double flipVertical,
      @Summary("largest rotation to either side, in degrees, in [0, 180]") double rotate,
      @Summary("largest factor by which images grow or shrink, in [1, 10]") double zoom,
      @Summary("largest change of the factor of contrast, in [0, 1]") double contrast,
      @Summary("largest brightness that is added or taken, in units of the values, at least 0")
          double brightness,
      @Summary("deviation of the noise on each value, 0 to 1e6") double noise,
      @Summary("what lies outside an image") Padding padding,
      @Summary(
              "index that a mask has outside the image if padding is zeros; cross-entropy leaves -100 out")
          int outside)
      implements CallbackProvider {
    public Options {
      Check.within("shift", shift, 0, 1);
      Check.within("flip", flip, 0, 1);
      Check.within("flip-vertical", flipVertical, 0, 1);
      Check.within("rotate", rotate, 0, 180);
      Check.within("zoom", zoom, 1, 10);
      Check.within("contrast", contrast, 0, 1);
      Check.atLeast("brightness", brightness, 0);
      Check.within("noise", noise, 0, 1e6);
    }

    /// Half of the images mirrored, up to 10 degrees, 10 % larger or smaller, 20 % of contrast and
    /// brightness; no shift, no noise.
    public Options() {
      this(0, 0.5, 0, 10, 1.1, 0.2, 0.2, 0, Padding.REFLECTION, -100);
    }

    /// {@return the same with another largest shift}
    public Options shift(double shift) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another probability that left and right are swapped}
    public Options flip(double flip) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another probability that top and bottom are swapped}
    public Options flipVertical(double flipVertical) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another largest rotation, in degrees}
    public Options rotate(double rotate) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another largest zoom}
    public Options zoom(double zoom) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another largest change of contrast}
    public Options contrast(double contrast) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another largest change of brightness}
    public Options brightness(double brightness) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another noise}
    public Options noise(double noise) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another padding}
    public Options padding(Padding padding) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    /// {@return the same with another index that a mask has outside the image}
    public Options outside(int outside) {
      return new Options(
          shift, flip, flipVertical, rotate, zoom, contrast, brightness, noise, padding, outside);
    }

    boolean moves() {
      return shift > 0 || flip > 0 || flipVertical > 0 || rotate > 0 || zoom > 1;
    }

    @Override
    public Callback create() {
      return new Augment(this);
    }
  }

  public Augment(Options options) {
    this.options = options;
  }

  /// {@return before MixUp and its kin, which mix images as the model sees them}
  @Override
  public Order order() {
    return Order.at(Order.TRANSFORM.number() - 10);
  }

  @Override
  public void transform(Batch batch, RandomGenerator random) {
    Shape shape = shape(batch.inputs());
    NDManager manager = batch.manager();
    int count = (int) shape.get(0);
    int height = (int) shape.get(2);
    int width = (int) shape.get(3);
    var theta = new float[6 * count];
    var factors = new float[2 * count];
    for (int i = 0; i < count; i++) {
      Affine.draw(options, height, width, random).write(theta, 6 * i, height, width);
      factors[i] = (float) (1 + options.contrast() * (2 * random.nextDouble() - 1));
      factors[count + i] = (float) (options.brightness() * (2 * random.nextDouble() - 1));
    }
    try (var _ = Autograd.off()) {
      var inputs = new NDList();
      NDArray way = manager.create(theta, new Shape(count, 2, 3));
      NDArray light = manager.create(factors, new Shape(2, count, 1, 1, 1));
      for (NDArray input : batch.inputs()) {
        NDArray x = input;
        if (options.moves()) {
          x = call(manager, "images", x, way, options.padding().code);
        }
        if (options.contrast() > 0 || options.brightness() > 0) {
          x = call(manager, "light", x, light);
        }
        if (options.noise() > 0) {
          NDArray plain = x;
          x = RandomStream.draw(() -> call(manager, "noise", plain, options.noise()));
        }
        inputs.add(x);
      }
      batch.inputs(inputs);
      if (options.moves()) {
        moveMasks(batch, way, height, width);
      }
    }
  }

  private void moveMasks(Batch batch, NDArray way, int height, int width) {
    var mask = new Shape(way.getShape().get(0), height, width);
    if (batch.targets().stream().noneMatch(target -> target.getShape().equals(mask))) {
      return;
    }
    int outside = batch.fit().lossFunction().hasIntegerTargets() ? options.outside() : 0;
    var targets = new NDList();
    for (NDArray target : batch.targets()) {
      targets.add(
          target.getShape().equals(mask)
              ? call(batch.manager(), "masks", target, way, options.padding().code, outside)
              : target);
    }
    batch.targets(targets);
  }

  private static NDArray call(NDManager manager, String function, Object... arguments) {
    return SCRIPT.call(manager, function, arguments).head();
  }

  private static Shape shape(NDList inputs) {
    Shape first = inputs.head().getShape();
    for (NDArray input : inputs) {
      Shape shape = input.getShape();
      if (shape.dimension() != 4
          || !input.getDataType().isFloating()
          || !shape.slice(2).equals(first.slice(2))) {
        throw new IllegalArgumentException(
            "augment needs images [B, C, H, W] of floating-point numbers and one size, but an input is %s of shape %s"
                .formatted(input.getDataType(), shape));
      }
    }
    return first;
  }
}
