package io.antiphon.mixup;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [Mixup].
@Id("mixup")
@Summary("trains on weighted means of two samples and of their losses")
public final class MixupProvider implements CallbackProvider<Mixup.Options> {
  /// For `ServiceLoader`.
  public MixupProvider() {}

  @Override
  public Mixup.Options defaults() {
    return new Mixup.Options();
  }

  @Override
  public Callback create(Mixup.Options options) {
    return new Mixup(options);
  }
}
