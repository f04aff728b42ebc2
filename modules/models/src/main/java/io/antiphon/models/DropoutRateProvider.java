package io.antiphon.models;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [DropoutRate].
@Id("dropout-rate")
@Summary("gives all dropout layers of the model one rate, which a schedule may move")
public final class DropoutRateProvider implements CallbackProvider<DropoutRate.Options> {
  /// For `ServiceLoader`.
  public DropoutRateProvider() {}

  @Override
  public DropoutRate.Options defaults() {
    return new DropoutRate.Options();
  }

  @Override
  public Callback create(DropoutRate.Options options) {
    return new DropoutRate(options);
  }
}
