package io.antiphon.models;

import ai.djl.nn.Block;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes [Mlp]s.
@Id("mlp")
@Summary("multi-layer perceptron on flattened inputs")
public final class MlpProvider implements ModelProvider<Mlp.Options> {
  /// For `ServiceLoader`.
  public MlpProvider() {}

  @Override
  public Mlp.Options defaults() {
    return new Mlp.Options();
  }

  @Override
  public Block create(Mlp.Options options, Task task) {
    return Mlp.of(options, task.outputs());
  }
}
