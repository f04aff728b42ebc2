package io.antiphon.examples.runner;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import java.util.Locale;

/// The mean loss and a metric of each pass, both over samples: a small last batch weighs less.
final class AverageStatistics implements Callback {
  private final Metric metric;
  private double loss;
  private long samples;
  private Means train = new Means(Double.NaN, Double.NaN);
  private Means valid = train;

  /// Means over the samples of a pass.
  record Means(double loss, double metric) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "[%.4f, %.4f]", loss, metric);
    }
  }

  AverageStatistics(Metric metric) {
    this.metric = metric;
  }

  Means valid() {
    return valid;
  }

  @Override
  public boolean waitsForDevice() {
    return true; // it reads each loss
  }

  @Override
  public void afterLoss(Batch batch) {
    if (batch.index() == 0) {
      metric.reset(batch.pass());
      loss = 0;
      samples = 0;
    }
    loss += batch.lossValue() * batch.size();
    samples += batch.size();
    metric.add(batch);
  }

  @Override
  public void afterTrain(Pass pass) {
    train = new Means(loss / samples, metric.value());
  }

  @Override
  public void afterValidate(Pass pass) {
    valid = new Means(loss / samples, metric.value());
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    System.out.printf("%d  train: %s  valid: %s%n", epoch.number(), train, valid);
  }
}
