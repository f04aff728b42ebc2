package io.antiphon.examples.runner;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.Order;

/// Ends the training part of the epoch after some iterations, which [TrainEval] counts.
record StopAfter(int iterations) implements Callback {
  @Override
  public Order order() {
    return Order.DEFAULT.runAfter(TrainEval.class);
  }

  @Override
  public void afterBatch(Batch batch) {
    TrainEval counts = batch.fit().learner().callback(TrainEval.class).orElseThrow();
    if (batch.isTraining() && counts.iterations() >= iterations) {
      throw new CancelTrainException("%d iterations are enough".formatted(iterations));
    }
  }
}
