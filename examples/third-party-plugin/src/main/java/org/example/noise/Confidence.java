package org.example.noise;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;

/// The mean probability of the predicted class, in [0, 1].
///
/// Predictions are logits `[B, C]`.
public final class Confidence implements Metric {
  /// There is nothing to set.
  @Id("confidence")
  @Summary("mean probability of the predicted class")
  public record Options() implements MetricProvider {
    @Override
    public Metric create() {
      return new Confidence();
    }
  }

  private NDArray sum;
  private long count;

  @Override
  public String name() {
    return "confidence";
  }

  @Override
  public void reset(Pass pass) {
    sum = pass.manager().create(0f);
    count = 0;
  }

  @Override
  public void add(Batch batch) {
    NDArray greatest = batch.predictions().head().softmax(1).max(new int[] {1});
    sum.addi(greatest.sum()); // on the device: nobody waits
    count += greatest.size();
  }

  @Override
  public double value() {
    return count == 0 ? Double.NaN : sum.getFloat() / count;
  }
}
