package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.MobileNetV1;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes DJL's MobileNet v1.
@Id("mobilenet")
@Summary("DJL's MobileNet v1")
public final class MobileNetProvider implements ModelProvider<MobileNetProvider.Options> {
  /// The sizes of a MobileNet.
  ///
  /// @param width the factor of every layer's channels, in (0, 1]; default 1
  public record Options(@Summary("factor of every layer's channels, in (0, 1]") double width) {
    public Options {
      if (!(width > 0 && width <= 1)) {
        throw new IllegalArgumentException("width is %s; it must be in (0, 1]".formatted(width));
      }
    }
  }

  @Override
  public Options defaults() {
    return new Options(1);
  }

  @Override
  public Block create(Options options, Task task) {
    return Images.model(
        task,
        MobileNetV1.builder()
            .optWidthMultiplier((float) options.width())
            .setOutSize(task.outputs())
            .build());
  }
}
