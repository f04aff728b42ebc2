package io.antiphon.core.spi;

import io.antiphon.core.LossFunction;

/// Loss functions that can be named: the record of their options makes them.
public non-sealed interface LossProvider extends Provider {
  /// {@return a loss function}
  LossFunction create();

  /// {@return whether this measures predictions for such targets; by default nothing is known
  /// against it}
  default boolean suits(Task.Goal goal) {
    return true;
  }
}
