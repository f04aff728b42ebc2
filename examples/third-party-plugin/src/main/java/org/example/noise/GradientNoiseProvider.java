package org.example.noise;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes [GradientNoise].
@Id("gradient-noise")
@Summary("normal noise on the gradients, which decays")
public final class GradientNoiseProvider implements CallbackProvider<GradientNoise.Options> {
  @Override
  public GradientNoise.Options defaults() {
    return new GradientNoise.Options(0.01, 0.55);
  }

  @Override
  public Callback create(GradientNoise.Options options) {
    return new GradientNoise(options);
  }
}
