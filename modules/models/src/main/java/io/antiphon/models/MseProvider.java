package io.antiphon.models;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;

/// Makes a [Mse].
@Id("mse")
@Summary("mean squared error")
public final class MseProvider implements LossProvider<Mse.Options> {
  /// For `ServiceLoader`.
  public MseProvider() {}

  @Override
  public Mse.Options defaults() {
    return new Mse.Options();
  }

  @Override
  public LossFunction create(Mse.Options options) {
    return new Mse();
  }
}
