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
  private double lossSum;
  private long samples;
  private Means train = Means.NONE;
  private Means valid = Means.NONE;

  /// Means over the samples of a pass.
  record Means(double loss, double metric) {
    static final Means NONE = new Means(Double.NaN, Double.NaN);

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "[%.4f, %.4f]", loss, metric);
    }
  }

  AverageStatistics(Metric metric) {
    this.metric = metric;
  }

  Means train() {
    return train;
  }

  Means valid() {
    return valid;
  }

  @Override
  public boolean waitsForDevice() {
    return true; // it reads each loss
  }

  @Override
  public void beforeTrain(Pass pass) {
    reset(pass);
  }

  @Override
  public void beforeValidate(Pass pass) {
    reset(pass);
  }

  private void reset(Pass pass) {
    metric.reset(pass);
    lossSum = 0;
    samples = 0;
  }

  @Override
  public void afterLoss(Batch batch) {
    lossSum += batch.lossValue() * batch.size();
    samples += batch.size();
    metric.add(batch);
  }

  @Override
  public void afterTrain(Pass pass) {
    train = means();
  }

  @Override
  public void afterValidate(Pass pass) {
    valid = means();
  }

  private Means means() {
    return new Means(lossSum / samples, metric.value());
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    System.out.printf("%d  train: %s  valid: %s%n", epoch.number(), train, valid);
  }
}
