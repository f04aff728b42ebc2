package io.antiphon.examples.trainingprocess;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.models.Dropout;
import io.antiphon.models.RecurrentLayers;

/// Penalises what recurrent layers give: large activations, after the dropout, by alpha, and large
/// changes from place to place, before it, by beta.
record Regularizer(double alpha, double beta) implements Callback {
  @Override
  public void beforeFit(Fit fit) {
    fit.keepOutputs(RecurrentLayers.class);
    fit.keepOutputs(Dropout.class);
  }

  @Override
  public void afterLoss(Batch batch) {
    if (batch.isTraining()) {
      NDArray activation = batch.outputs(Dropout.class).head().square().mean().mul(alpha);
      NDArray h = batch.outputs(RecurrentLayers.class).head();
      NDArray change = h.get(":, 1:").sub(h.get(":, :-1")).square().mean().mul(beta);
      batch.objective(batch.objective().add(activation).add(change));
    }
  }
}
