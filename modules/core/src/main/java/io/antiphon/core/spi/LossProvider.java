package io.antiphon.core.spi;

import io.antiphon.core.LossFunction;

/// Makes loss functions by name.
///
/// @param <O> the record of its options
public non-sealed interface LossProvider<O extends Record> extends Provider<O> {
  /// {@return a loss function}
  LossFunction create(O options);
}
