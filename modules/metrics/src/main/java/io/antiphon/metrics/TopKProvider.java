package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes the metric `top-k`.
@Id("top-k")
@Summary("fraction of predictions with the target among the k greatest")
public final class TopKProvider implements MetricProvider<TopK.Options> {
  /// For `ServiceLoader`.
  public TopKProvider() {}

  @Override
  public TopK.Options defaults() {
    return new TopK.Options();
  }

  @Override
  public Metric create(TopK.Options options) {
    return new TopK(options);
  }
}
