package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes the metric `mse`.
@Id("mse")
@Summary("mean squared error")
public final class MseProvider implements MetricProvider<MeanError.Options> {
  /// For `ServiceLoader`.
  public MseProvider() {}

  @Override
  public MeanError.Options defaults() {
    return new MeanError.Options();
  }

  @Override
  public Metric create(MeanError.Options options) {
    return MeanError.squared();
  }
}
