package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes DJL's MobileNetV2.
@Id("mobilenet-v2")
@Summary("DJL's MobileNet v2")
public final class MobileNetV2Provider implements ModelProvider<MobileNetV2Provider.Options> {
  /// No options.
  public record Options() {}

  @Override
  public Options defaults() {
    return new Options();
  }

  @Override
  public Block create(Options options, Task task) {
    return Images.model(task, MobileNetV2.builder().setOutSize(task.outputs()).build());
  }
}
