package io.antiphon.models;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import java.util.List;

/// A small residual network with pre-activation for images (He et al., "Identity Mappings in Deep
/// Residual Networks", 2016), whose values lie channels last in memory.
///
/// A convolution 3 × 3, then stages of residual blocks: each stage after the first halves height
/// and width by its first block. Then normalisation, ReLU, the mean over height and width, and a
/// linear layer. Inputs are images as [Cnn] takes them.
public final class ResNet {
  private ResNet() {}

  /// The sizes of a residual network.
  @Id("preact-resnet")
  @Summary("small residual network with pre-activation on images")
  public record Options(
      @Summary("channels of each stage, at least 1 each") List<Integer> channels,
      @Summary("residual blocks of a stage, 1 to 1000") int blocks,
      @Summary("rate of dropout before the linear layer, in [0, 1]") double dropout)
      implements ModelProvider {
    public Options {
      Check.within("dropout", dropout, 0, 1);
      Check.within("blocks", blocks, 1, 1000);
      channels = List.copyOf(channels);
      if (channels.isEmpty()) {
        throw Check.refused("channels", "empty", "one number or more, as in [16, 32, 64]");
      }
      for (int each : channels) {
        Check.atLeast("channels", each, 1);
      }
    }

    /// Stages of 16, 32 and 64 channels with two blocks each, without dropout.
    public Options() {
      this(List.of(16, 32, 64), 2, 0);
    }

    @Override
    public Block create(Task task) {
      return ResNet.of(this, task.outputs());
    }
  }

  /// {@return a new model, not initialised}
  ///
  /// @param options its sizes
  /// @param outputs the number of outputs, at least 1: `[B, outputs]`
  public static Block of(Options options, int outputs) {
    Check.atLeast("outputs", outputs, 1);
    int channels = options.channels().getFirst();
    var model =
        new SequentialBlock()
            .add(new LambdaBlock(inputs -> new NDList(Cnn.image(inputs.head())), "image"))
            .add(PreActivationBlock.stem(channels));
    for (int stage = 0; stage < options.channels().size(); stage++) {
      int next = options.channels().get(stage);
      for (int block = 0; block < options.blocks(); block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        model.add(PreActivationBlock.of(next, stride, stride > 1 || next != channels));
        channels = next;
      }
    }
    model.add(PreActivationBlock.last());
    if (options.dropout() > 0) {
      model.add(new Dropout(options.dropout()));
    }
    return model.add(Mlp.head(outputs));
  }
}
