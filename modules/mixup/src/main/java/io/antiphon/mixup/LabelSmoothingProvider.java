package io.antiphon.mixup;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [LabelSmoothing].
@Id("label-smoothing")
@Summary("gives a part of each target to all classes")
public final class LabelSmoothingProvider implements CallbackProvider<LabelSmoothing.Options> {
  /// For `ServiceLoader`.
  public LabelSmoothingProvider() {}

  @Override
  public LabelSmoothing.Options defaults() {
    return new LabelSmoothing.Options();
  }

  @Override
  public Callback create(LabelSmoothing.Options options) {
    return new LabelSmoothing(options);
  }
}
