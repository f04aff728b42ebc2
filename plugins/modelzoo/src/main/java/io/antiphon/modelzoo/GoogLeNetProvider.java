package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.GoogLeNet;
import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes DJL's GoogLeNet.
@Id("googlenet")
@Summary("DJL's GoogLeNet")
public final class GoogLeNetProvider implements ModelProvider<GoogLeNetProvider.Options> {
  /// No options.
  public record Options() {}

  @Override
  public Options defaults() {
    return new Options();
  }

  @Override
  public Block create(Options options, Task task) {
    return Images.model(task, GoogLeNet.builder().setOutSize(task.outputs()).build());
  }
}
