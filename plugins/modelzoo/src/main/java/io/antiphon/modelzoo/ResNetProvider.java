package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// Makes DJL's ResNet v1.
@Id("resnet")
@Summary("DJL's ResNet v1")
public final class ResNetProvider implements ModelProvider<ResNetProvider.Options> {
  private static final List<Integer> LARGE = List.of(18, 34, 50, 101, 152);
  private static final List<Integer> SMALL = List.of(20, 32, 44, 56, 110);

  // DJL chooses between the two kinds by the height of the image, up to 28 or above.
  private static final long SMALL_HEIGHT = 28;

  /// The sizes of a ResNet.
  ///
  /// @param depth the number of layers: 18, 34, 50, 101 or 152 of the kind for large images, 64 to
  ///   2048 channels; 20, 32, 44, 56 or 110 of the kind for small ones, 16 to 64 channels; default
  ///   18
  public record Options(
      @Summary("number of layers: 18, 34, 50, 101, 152; narrow ones 20, 32, 44, 56, 110")
          int depth) {
    public Options {
      if (!LARGE.contains(depth) && !SMALL.contains(depth)) {
        throw new IllegalArgumentException(
            "depth is %d; it must be one of %s, or for narrow networks %s"
                .formatted(depth, LARGE, SMALL));
      }
    }
  }

  @Override
  public Options defaults() {
    return new Options(18);
  }

  @Override
  public Block create(Options options, Task task) {
    Shape input = task.inputs().getFirst();
    int axes = input.dimension();
    long height = axes < 3 ? 0 : input.get(axes - 2);
    long chosen =
        SMALL.contains(options.depth())
            ? Math.min(height, SMALL_HEIGHT)
            : Math.max(height, SMALL_HEIGHT + 1);
    return Images.model(
        task,
        ResNetV1.builder()
            .setNumLayers(options.depth())
            .setImageShape(new Shape(1, chosen, chosen))
            .setOutSize(task.outputs())
            .build());
  }
}
