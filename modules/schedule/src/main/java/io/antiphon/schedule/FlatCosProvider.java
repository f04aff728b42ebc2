package io.antiphon.schedule;

import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Provides [FlatCos].
@Id("flat-cos")
@Summary("fits at a flat learning rate that falls in a cosine at the end")
public final class FlatCosProvider implements PolicyProvider<FlatCos> {
  /// Used by the service loader.
  public FlatCosProvider() {}

  @Override
  public FlatCos defaults() {
    return FlatCos.of(Length.epochs(5), Optional.empty());
  }

  @Override
  public Policy create(FlatCos options) {
    return options;
  }
}
