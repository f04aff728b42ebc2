package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes DJL's SqueezeNet.
@Id("squeezenet")
@Summary("DJL's SqueezeNet")
public final class SqueezeNetProvider implements ModelProvider<SqueezeNetProvider.Options> {
  /// No options.
  public record Options() {}

  @Override
  public Options defaults() {
    return new Options();
  }

  @Override
  public Block create(Options options, Task task) {
    return Images.model(task, SqueezeNet.squeezenet(task.outputs()));
  }
}
