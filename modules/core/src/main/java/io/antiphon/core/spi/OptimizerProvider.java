package io.antiphon.core.spi;

import io.antiphon.core.Optimizer;

/// Optimizers that can be named: the record of their options makes them.
public non-sealed interface OptimizerProvider extends Provider {
  /// {@return a factory of optimizers}
  Optimizer.Factory create();
}
