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
import java.util.List;
import java.util.random.RandomGenerator;

/// CutOut: sets boxes of each image to 0 (DeVries and Taylor, "Improved Regularization of
/// Convolutional Neural Networks with Cutout", 2017).
///
/// Every image has its own boxes. Their centres are drawn evenly over the pixels, and what lies
/// outside the image is cut off. Inputs are images `[B, …, H, W]`, floating-point, all of one
/// height and width. The loss stays.
public final class Cutout extends BatchTransform {
  private final int holes;
  private final Tunable length;

  /// The options of CutOut.
  @Id("cutout")
  @Summary("sets boxes of each training image to 0")
  public record Options(
      @Summary("boxes per image, 1 to 1000") int holes,
      @Summary("height and width of a box as a fraction of the image's, in [0, 1]") double length)
      implements CallbackProvider {
    public Options {
      Check.within("holes", holes, 1, 1000);
      Check.within("length", length, 0, 1);
    }

    /// One box of half the height and width.
    public Options() {
      this(1, 0.5);
    }

    @Override
    public Callback create() {
      return new Cutout(this);
    }
  }

  /// CutOut with one box of half the height and width.
  public Cutout() {
    this(new Options());
  }

  public Cutout(Options options) {
    this(options, "");
  }

  /// @param prefix of the names of its numbers
  Cutout(Options options, String prefix) {
    this.holes = options.holes();
    this.length = new Tunable(prefix + "length", options.length(), 0, 1);
  }

  /// {@return height and width of a box as a fraction of the image's, in [0, 1]}
  public Tunable length() {
    return length;
  }

  @Override
  public List<Tunable> tunables() {
    return List.of(length);
  }

  @Override
  public void transform(Batch batch, RandomGenerator random) {
    Images images = Images.of(name(), batch.inputs());
    int height = (int) (images.height() * length.get());
    int width = (int) (images.width() * length.get());
    var mask = new Mask(images);
    for (int i = 0; i < images.count(); i++) {
      for (int hole = 0; hole < holes; hole++) {
        mask.add(i, Box.around(images.height(), images.width(), height, width, random));
      }
    }
    NDArray erased = mask.toArray(batch.manager());
    var inputs = new NDList(batch.inputs().size());
    for (NDArray input : batch.inputs()) {
      inputs.add(Scripts.call(batch.manager(), "erase", input, erased));
    }
    batch.inputs(inputs);
  }
}
