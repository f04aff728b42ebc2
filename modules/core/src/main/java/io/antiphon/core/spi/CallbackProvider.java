package io.antiphon.core.spi;

import io.antiphon.core.Callback;

/// Callbacks that can be named: the record of their options makes them.
public non-sealed interface CallbackProvider extends Provider {
  /// {@return a new callback}
  Callback create();
}
