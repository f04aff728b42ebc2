package io.antiphon.core.spi;

import io.antiphon.core.Callback;

/// Makes callbacks by name.
///
/// @param <O> the record of its options
public non-sealed interface CallbackProvider<O extends Record> extends Provider<O> {
  /// {@return a new callback}
  Callback create(O options);
}
