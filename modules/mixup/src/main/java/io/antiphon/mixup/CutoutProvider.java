package io.antiphon.mixup;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [Cutout].
@Id("cutout")
@Summary("sets boxes of each training image to 0")
public final class CutoutProvider implements CallbackProvider<Cutout.Options> {
  /// For `ServiceLoader`.
  public CutoutProvider() {}

  @Override
  public Cutout.Options defaults() {
    return new Cutout.Options();
  }

  @Override
  public Callback create(Cutout.Options options) {
    return new Cutout(options);
  }
}
