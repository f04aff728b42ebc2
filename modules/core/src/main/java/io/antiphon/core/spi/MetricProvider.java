package io.antiphon.core.spi;

import io.antiphon.core.Metric;

/// Metrics that can be named: the record of their options makes them.
public non-sealed interface MetricProvider extends Provider {
  /// {@return a new metric}
  Metric create();

  /// Refuses a task that this metric cannot be of, so that it is told before anything runs; by
  /// default none.
  ///
  /// @throws IllegalArgumentException with a sentence; a [io.antiphon.core.RefusedException] if an
  ///   option is to blame
  default void check(Task task) {}
}
