package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes DJL's LeNet.
@Id("lenet")
@Summary("DJL's LeNet-5")
public final class LeNetProvider implements ModelProvider<LeNetProvider.Options> {
  /// No options.
  public record Options() {}

  @Override
  public Options defaults() {
    return new Options();
  }

  @Override
  public Block create(Options options, Task task) {
    return Images.model(task, LeNet.builder().setOutSize(task.outputs()).build());
  }
}
