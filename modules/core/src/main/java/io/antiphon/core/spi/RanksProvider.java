package io.antiphon.core.spi;

import io.antiphon.core.Ranks;

/// Options of a way in which several processes train one model together.
public non-sealed interface RanksProvider extends Provider {
  /// Joins the other processes. Called once in a process, before data and model are made.
  ///
  /// @return the ranks; whoever asks closes them
  /// @throws IllegalStateException with a sentence, if it cannot be
  Ranks create();
}
