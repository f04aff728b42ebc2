package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.VGG;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes DJL's Vgg.
@Id("vgg")
@Summary("DJL's VGG-11")
public final class VggProvider implements ModelProvider<VggProvider.Options> {
  /// No options.
  public record Options() {}

  @Override
  public Options defaults() {
    return new Options();
  }

  @Override
  public Block create(Options options, Task task) {
    return Images.model(task, VGG.builder().setOutSize(task.outputs()).build());
  }
}
