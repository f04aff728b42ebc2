package io.antiphon.core.spi;

import ai.djl.nn.Block;

/// Models that can be named: the record of their options makes them.
public non-sealed interface ModelProvider extends Provider {
  /// {@return a new model, not initialised}
  ///
  /// @param task what it is for
  Block create(Task task);
}
