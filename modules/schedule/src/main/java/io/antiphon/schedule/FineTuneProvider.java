package io.antiphon.schedule;

import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;

/// Provides [FineTune].
@Id("fine-tune")
@Summary("trains the last part of a pretrained model, then all of it, the earlier parts slower")
public final class FineTuneProvider implements PolicyProvider<FineTune> {
  /// Used by the service loader.
  public FineTuneProvider() {}

  @Override
  public FineTune defaults() {
    return FineTune.of(5);
  }

  @Override
  public Policy create(FineTune options) {
    return options;
  }
}
