package org.example.noise;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// Makes [Confidence].
@Id("confidence")
@Summary("mean probability of the predicted class")
public final class ConfidenceProvider implements MetricProvider<Confidence.Options> {
  @Override
  public Confidence.Options defaults() {
    return new Confidence.Options();
  }

  @Override
  public Metric create(Confidence.Options options) {
    return new Confidence();
  }
}
