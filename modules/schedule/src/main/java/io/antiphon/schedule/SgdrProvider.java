package io.antiphon.schedule;

import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Provides [Sgdr].
@Id("sgdr")
@Summary("fits in cosine cycles with warm restarts, each longer than the one before")
public final class SgdrProvider implements PolicyProvider<Sgdr> {
  /// Used by the service loader.
  public SgdrProvider() {}

  @Override
  public Sgdr defaults() {
    return new Sgdr(1, Length.epochs(1), Optional.empty(), 2);
  }

  @Override
  public Policy create(Sgdr options) {
    return options;
  }
}
