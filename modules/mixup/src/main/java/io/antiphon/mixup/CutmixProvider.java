package io.antiphon.mixup;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [Cutmix].
@Id("cutmix")
@Summary("trains on images with a box of another, and on losses mixed by area")
public final class CutmixProvider implements CallbackProvider<Cutmix.Options> {
  /// For `ServiceLoader`.
  public CutmixProvider() {}

  @Override
  public Cutmix.Options defaults() {
    return new Cutmix.Options();
  }

  @Override
  public Callback create(Cutmix.Options options) {
    return new Cutmix(options);
  }
}
