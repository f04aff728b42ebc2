package io.antiphon.core.spi;

import io.antiphon.core.Splitter;

/// Makes ways to split a model into parts by name.
///
/// @param <O> the record of its options
public non-sealed interface SplitterProvider<O extends Record> extends Provider<O> {
  /// {@return a splitter}
  Splitter create(O options);
}
