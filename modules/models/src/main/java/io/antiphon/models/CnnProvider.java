package io.antiphon.models;

import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes [Cnn]s.
@Id("cnn")
@Summary("small convolutional network on images")
public final class CnnProvider implements ModelProvider<Cnn.Options> {
  /// For `ServiceLoader`.
  public CnnProvider() {}

  @Override
  public Cnn.Options defaults() {
    return new Cnn.Options();
  }

  @Override
  public Block create(Cnn.Options options, Task task) {
    return Cnn.of(options, task.outputs());
  }
}
