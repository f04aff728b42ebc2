package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes the metric `mae`.
@Id("mae")
@Summary("mean absolute error")
public final class MaeProvider implements MetricProvider<MeanError.Options> {
  /// For `ServiceLoader`.
  public MaeProvider() {}

  @Override
  public MeanError.Options defaults() {
    return new MeanError.Options();
  }

  @Override
  public Metric create(MeanError.Options options) {
    return MeanError.absolute();
  }
}
