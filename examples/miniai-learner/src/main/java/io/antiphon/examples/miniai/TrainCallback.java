package io.antiphon.examples.miniai;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.StepCallback;
import io.antiphon.core.StepResult;

/// Supplies all five of what happens to a batch. The loop calls them, and knows none.
final class TrainCallback implements StepCallback {
  @Override
  public NDList predict(Batch batch, NDList inputs) {
    return batch.forward(inputs);
  }

  @Override
  public NDArray loss(Batch batch, NDList predictions, NDList targets) {
    return batch.fit().lossFunction().loss(predictions, targets);
  }

  @Override
  public void backward(Batch batch, NDArray objective) {
    batch.backward(objective);
  }

  @Override
  public StepResult step(Batch batch) {
    batch.fit().optimizer().step();
    return new StepResult.Applied();
  }

  @Override
  public void zeroGrad(Batch batch) {
    batch.gradients().zero();
  }
}
