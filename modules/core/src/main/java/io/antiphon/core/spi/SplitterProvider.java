package io.antiphon.core.spi;

import io.antiphon.core.Splitter;

/// Ways to split a model into parts that can be named: the record of their options makes them.
public non-sealed interface SplitterProvider extends Provider {
  /// {@return a splitter}
  Splitter create();
}
