package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.pooling.Pool;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import java.util.List;

/// A small convolutional network for images.
///
/// Each entry of `channels` is a [ConvBlock], which halves height and width: convolution 3 × 3 of
/// stride 2, batch normalisation, ReLU. Then the mean over height and width, and a linear layer.
/// Inputs are `[B, C, H, W]`; images of one channel may come without that axis, `[B, H, W]`, or as
/// rows, `[B, H W]`, if H = W.
public final class Cnn {
  private Cnn() {}

  /// The sizes of a convolutional network.
  @Id("cnn")
  @Summary("small convolutional network on images")
  public record Options(
      @Summary("channels after each halving of the image, at least 1 each") List<Integer> channels,
      @Summary("rate of dropout before the linear layer, in [0, 1]") double dropout)
      implements ModelProvider {
    public Options {
      Check.within("dropout", dropout, 0, 1);
      channels = List.copyOf(channels);
      if (channels.isEmpty()) {
        throw Check.refused("channels", "empty", "one number or more, as in [8, 16]");
      }
      for (int each : channels) {
        Check.atLeast("channels", each, 1);
      }
    }

    /// Without dropout.
    public Options(List<Integer> channels) {
      this(channels, 0);
    }

    /// 8, 16, 32 and 64 channels, without dropout.
    public Options() {
      this(List.of(8, 16, 32, 64));
    }

    @Override
    public Block create(Task task) {
      return Cnn.of(this, task.outputs());
    }
  }

  /// {@return a new model, not initialised}
  ///
  /// @param options its sizes
  /// @param outputs the number of outputs, at least 1: `[B, outputs]`
  public static Block of(Options options, int outputs) {
    Check.atLeast("outputs", outputs, 1);
    var model =
        new SequentialBlock()
            .add(new LambdaBlock(inputs -> new NDList(image(inputs.head())), "image"));
    for (int channels : options.channels()) {
      model.add(new ConvBlock(channels));
    }
    model.add(Pool.globalAvgPool2dBlock());
    if (options.dropout() > 0) {
      model.add(new Dropout(options.dropout()));
    }
    return model.add(Mlp.head(outputs));
  }

  static NDArray image(NDArray input) {
    long[] shape = input.getShape().getShape();
    return switch (shape.length) {
      case 4 -> input;
      case 3 -> input.reshape(shape[0], 1, shape[1], shape[2]);
      case 2 -> {
        long side = Math.round(Math.sqrt(shape[1]));
        if (side * side != shape[1]) {
          throw new IllegalArgumentException(
              ("rows of %d numbers are no square images; give images as [B, C, H, W] or [B, H, "
                      + "W]")
                  .formatted(shape[1]));
        }
        yield input.reshape(shape[0], 1, side, side);
      }
      default ->
          throw new IllegalArgumentException(
              "the input has shape %s; images are [B, C, H, W], [B, H, W] or [B, H W]"
                  .formatted(input.getShape()));
    };
  }
}
