package io.antiphon.schedule;

import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Provides [OneCycle].
@Id("one-cycle")
@Summary("fits with a learning rate that rises, then falls, and momentum that does the opposite")
public final class OneCycleProvider implements PolicyProvider<OneCycle> {
  /// Used by the service loader.
  public OneCycleProvider() {}

  @Override
  public OneCycle defaults() {
    return OneCycle.of(Length.epochs(5), Optional.empty());
  }

  @Override
  public Policy create(OneCycle options) {
    return options;
  }
}
