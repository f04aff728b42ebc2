package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes the metric `accuracy`.
@Id("accuracy")
@Summary("fraction of right predictions")
public final class AccuracyProvider implements MetricProvider<Accuracy.Options> {
  /// For `ServiceLoader`.
  public AccuracyProvider() {}

  @Override
  public Accuracy.Options defaults() {
    return new Accuracy.Options();
  }

  @Override
  public Metric create(Accuracy.Options options) {
    return new Accuracy();
  }
}
