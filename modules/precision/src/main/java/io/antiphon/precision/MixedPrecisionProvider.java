package io.antiphon.precision;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes [MixedPrecision] by name.
@Id("mixed-precision")
@Summary("computes layers in bfloat16 or float16, keeps weights in float32")
public final class MixedPrecisionProvider implements CallbackProvider<MixedPrecision.Options> {
  /// For the service loader.
  public MixedPrecisionProvider() {}

  @Override
  public MixedPrecision.Options defaults() {
    return new MixedPrecision.Options();
  }

  @Override
  public Callback create(MixedPrecision.Options options) {
    return new MixedPrecision(options);
  }
}
