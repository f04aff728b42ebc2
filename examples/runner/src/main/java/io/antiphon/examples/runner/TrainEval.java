package io.antiphon.examples.runner;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;

/// Counts the batches that were trained on, and the epochs, in fractions.
final class TrainEval implements Callback {
  private int iterations;
  private double epochs;

  int iterations() {
    return iterations;
  }

  double epochs() {
    return epochs;
  }

  @Override
  public void beforeFit(Fit fit) {
    iterations = 0;
    epochs = 0;
  }

  @Override
  public void afterBatch(Batch batch) {
    if (batch.isTraining()) {
      iterations++;
      epochs += 1.0 / batch.pass().batches();
    }
  }
}
