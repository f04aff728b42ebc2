package io.antiphon.mixup;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [OneOf].
@Id("one-of")
@Summary("draws mixup, cutmix, cutout or random-erasing for each training batch")
public final class OneOfProvider implements CallbackProvider<OneOf.Options> {
  /// For `ServiceLoader`.
  public OneOfProvider() {}

  @Override
  public OneOf.Options defaults() {
    return new OneOf.Options();
  }

  @Override
  public Callback create(OneOf.Options options) {
    return new OneOf(options);
  }
}
