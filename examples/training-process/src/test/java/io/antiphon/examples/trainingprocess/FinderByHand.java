package io.antiphon.examples.trainingprocess;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Hyper;
import java.util.ArrayList;
import java.util.List;

/// A learning-rate finder in a few lines: the rate grows by one factor from batch to batch, until
/// the loss, smoothed, is four times the best one.
final class FinderByHand implements Callback {
  private static final double START = 1e-7;
  private static final double END = 10;
  private static final int BATCHES = 100;

  private final List<Double> rates = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();
  private double mean;
  private double best = Double.POSITIVE_INFINITY;

  List<Double> rates() {
    return rates;
  }

  List<Double> losses() {
    return losses;
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  @Override
  public void beforeBatch(Batch batch) {
    double rate = START * Math.pow(END / START, (double) rates.size() / BATCHES);
    rates.add(rate);
    batch.set(Hyper.LEARNING_RATE, rate);
  }

  @Override
  public void afterBatch(Batch batch) {
    mean = 0.98 * mean + 0.02 * batch.lossValue();
    double loss = mean / (1 - Math.pow(0.98, rates.size()));
    losses.add(loss);
    best = Math.min(best, loss);
    if (!(loss <= 4 * best) || losses.size() == BATCHES) {
      throw new CancelFitException("it has seen enough");
    }
  }
}
