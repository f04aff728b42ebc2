package io.antiphon.mixup;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [RandomErasing].
@Id("random-erasing")
@Summary("replaces a box in some training images by noise")
public final class RandomErasingProvider implements CallbackProvider<RandomErasing.Options> {
  /// For `ServiceLoader`.
  public RandomErasingProvider() {}

  @Override
  public RandomErasing.Options defaults() {
    return new RandomErasing.Options();
  }

  @Override
  public Callback create(RandomErasing.Options options) {
    return new RandomErasing(options);
  }
}
