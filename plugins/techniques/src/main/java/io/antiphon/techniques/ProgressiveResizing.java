package io.antiphon.techniques;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.random.RandomGenerator;

/// Trains on small images first, which is faster, and on larger ones bit by bit (as Composer's
/// `ProgressiveResizing`).
///
/// Height and width are those of the data times a scale, rounded to a multiple of an increment. The
/// scale stays at the first one for the delay, a part of the run, then grows in a line to 1, which
/// it has for the last part. Masks as large as their images are resized alike, by the nearest
/// value. Validation sees images as they are.
///
/// The model must take images of several sizes, as one does that ends with a mean over height and
/// width; this is tried before a run.
public final class ProgressiveResizing extends BatchTransform {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def resized(x: Tensor, height: int, width: int) -> Tensor:
            return torch.upsample_bilinear2d(x, [height, width], False, annotate(Optional[List[float]], None))
          def cropped(x: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            rows = torch.narrow(x, torch.sub(torch.dim(x), 2), top, height)
            return torch.contiguous(torch.narrow(rows, torch.sub(torch.dim(x), 1), left, width))
          def nearest(x: Tensor, height: int, width: int) -> Tensor:
            rows = torch.floor_divide(torch.mul(torch.arange(height, device=ops.prim.device(x)), torch.size(x, -2)), height)
            columns = torch.floor_divide(torch.mul(torch.arange(width, device=ops.prim.device(x)), torch.size(x, -1)), width)
            return torch.index_select(torch.index_select(x, -2, rows), -1, columns)
          """);

  private static final double DUST = 1e-9; // shares that add up to 1 but for rounding

  private final Options options;

  /// How an image is made smaller.
  public enum Mode {
    /// All of it, bilinearly.
    RESIZE,
    /// A part of it, which is drawn.
    CROP
  }

  /// How large, and when.
  @Id("progressive-resizing")
  @Summary("trains on small images first, and on larger ones bit by bit")
  public record Options(
      @Summary("whether images are resized or cropped") Mode mode,
      @Summary("part of height and width to begin with, in (0, 1]") double initialScale,
      @Summary("part of the run before they grow, in [0, 1]") double delay,
      @Summary("part of the run for which they have their own size at its end, in [0, 1]")
          double finetune,
      @Summary("sizes are multiples of this, at least 1") int increment)
      implements CallbackProvider {
    public Options {
      Check.upTo("initial-scale", initialScale, 0, 1);
      Check.within("delay", delay, 0, 1);
      Check.within("finetune", finetune, 0, 1);
      Check.atLeast("increment", increment, 1);
      if (delay + finetune > 1 + DUST) {
        throw new RefusedException(
            "finetune",
            "delay %s and finetune %s are together more than the run; at most 1"
                .formatted(delay, finetune));
      }
    }

    /// Composer's: resized, half as large for half of the run, as they are for the last fifth, in
    /// sizes of multiples of 4.
    public Options() {
      this(Mode.RESIZE, 0.5, 0.5, 0.2, 4);
    }

    /// {@return the same, resized or cropped}
    public Options mode(Mode mode) {
      return new Options(mode, initialScale, delay, finetune, increment);
    }

    /// {@return the same with another size to begin with}
    public Options initialScale(double initialScale) {
      return new Options(mode, initialScale, delay, finetune, increment);
    }

    /// {@return the same with another part of the run before images grow}
    public Options delay(double delay) {
      return new Options(mode, initialScale, delay, finetune, increment);
    }

    /// {@return the same with another part of the run at full size}
    public Options finetune(double finetune) {
      return new Options(mode, initialScale, delay, finetune, increment);
    }

    /// {@return the same with multiples of another number}
    public Options increment(int increment) {
      return new Options(mode, initialScale, delay, finetune, increment);
    }

    @Override
    public Callback create() {
      return new ProgressiveResizing(this);
    }
  }

  public ProgressiveResizing(Options options) {
    this.options = options;
  }

  /// {@return the scale at a progress of the run in [0, 1]}
  public double scale(double progress) {
    double growing = 1 - options.delay() - options.finetune();
    double part =
        growing < DUST
            ? (progress < options.delay() ? 0 : 1)
            : Math.clamp((progress - options.delay()) / growing, 0, 1);
    return options.initialScale() + (1 - options.initialScale()) * part;
  }

  private long size(long full, double scale) {
    long rounded = Math.round(full * scale / options.increment()) * options.increment();
    return Math.min(full, Math.max(Math.min(options.increment(), full), rounded));
  }

  @Override
  public void check(Learner learner) {
    Shape given = learner.trainData().inputShapes().getFirst();
    if (given.dimension() != 4) {
      throw new IllegalStateException(
          "progressive-resizing is for images, [B, C, H, W], not for inputs of the shape " + given);
    }
    long height = size(given.get(2), options.initialScale());
    long width = size(given.get(3), options.initialScale());
    try (NDManager scratch = learner.manager().newSubManager();
        var _ = Autograd.off()) {
      NDArray small = scratch.zeros(new Shape(2, given.get(1), height, width));
      learner.model().forward(new ParameterStore(scratch, false), new NDList(small), false);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "progressive-resizing begins with images of %d × %d, which the model does not take; let it end with a mean over height and width, as cnn and preact-resnet do"
              .formatted(height, width),
          e);
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
  }

  @Override
  public void transform(Batch batch, RandomGenerator random) {
    double scale = scale(batch.fit().pctTrain());
    NDArray images = batch.inputs().head();
    Shape shape = images.getShape();
    long height = size(shape.get(2), scale);
    long width = size(shape.get(3), scale);
    if (height == shape.get(2) && width == shape.get(3)) {
      return;
    }
    int top = random.nextInt((int) (shape.get(2) - height) + 1);
    int left = random.nextInt((int) (shape.get(3) - width) + 1);
    var inputs = new NDList(batch.inputs());
    inputs.set(
        0,
        options.mode() == Mode.CROP
            ? cropped(batch, images, top, left, height, width)
            : SCRIPT.call(batch.manager(), "resized", images, height, width).head());
    batch.inputs(inputs);
    var targets = new NDList();
    for (NDArray target : batch.targets()) {
      if (!isMask(target.getShape(), shape)) {
        targets.add(target);
      } else if (options.mode() == Mode.CROP) {
        targets.add(cropped(batch, target, top, left, height, width));
      } else {
        targets.add(SCRIPT.call(batch.manager(), "nearest", target, height, width).head());
      }
    }
    batch.targets(targets);
  }

  private static NDArray cropped(
      Batch batch, NDArray x, int top, int left, long height, long width) {
    return SCRIPT.call(batch.manager(), "cropped", x, top, left, height, width).head();
  }

  private static boolean isMask(Shape target, Shape image) {
    int last = target.dimension() - 1;
    return last >= 2 && target.get(last) == image.get(3) && target.get(last - 1) == image.get(2);
  }
}
