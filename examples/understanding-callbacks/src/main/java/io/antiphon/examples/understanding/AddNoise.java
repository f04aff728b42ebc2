package io.antiphon.examples.understanding;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;

/// Adds noise to the inputs of each training batch (v1: `on_batch_begin` that returns
/// `last_input`).
record AddNoise(float deviation) implements Callback {
  @Override
  public void beforeBatch(Batch batch) {
    if (batch.isTraining()) {
      NDArray inputs = batch.inputs().head();
      batch.inputs(
          new NDList(inputs.add(batch.manager().randomNormal(inputs.getShape()).mul(deviation))));
    }
  }
}
