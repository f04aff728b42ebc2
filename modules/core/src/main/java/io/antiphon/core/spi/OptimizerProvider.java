package io.antiphon.core.spi;

import io.antiphon.core.Optimizer;

/// Makes optimizers by name.
///
/// @param <O> the record of its options
public non-sealed interface OptimizerProvider<O extends Record> extends Provider<O> {
  /// {@return a factory of optimizers}
  Optimizer.Factory create(O options);
}
