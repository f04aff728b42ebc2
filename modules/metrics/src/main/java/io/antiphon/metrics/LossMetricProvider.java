package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes the metric `loss`.
@Id("loss")
@Summary("mean loss over all samples")
public final class LossMetricProvider implements MetricProvider<LossMetric.Options> {
  /// For `ServiceLoader`.
  public LossMetricProvider() {}

  @Override
  public LossMetric.Options defaults() {
    return new LossMetric.Options();
  }

  @Override
  public Metric create(LossMetric.Options options) {
    return new LossMetric();
  }
}
