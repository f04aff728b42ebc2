package io.antiphon.core.spi;

import io.antiphon.core.Metric;

/// Makes metrics by name.
///
/// @param <O> the record of its options
public non-sealed interface MetricProvider<O extends Record> extends Provider<O> {
  /// {@return a new metric}
  Metric create(O options);
}
