package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes the metric `error-rate`.
@Id("error-rate")
@Summary("fraction of wrong predictions")
public final class ErrorRateProvider implements MetricProvider<Accuracy.Options> {
  /// For `ServiceLoader`.
  public ErrorRateProvider() {}

  @Override
  public Accuracy.Options defaults() {
    return new Accuracy.Options();
  }

  @Override
  public Metric create(Accuracy.Options options) {
    return Accuracy.errorRate();
  }
}
