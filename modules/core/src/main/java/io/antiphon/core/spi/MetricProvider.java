package io.antiphon.core.spi;

import io.antiphon.core.Metric;

/// Metrics that can be named: the record of their options makes them.
public non-sealed interface MetricProvider extends Provider {
  /// {@return a new metric}
  Metric create();
}
