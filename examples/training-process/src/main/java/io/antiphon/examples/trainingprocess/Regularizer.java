package io.antiphon.examples.trainingprocess;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.BlockHook;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.models.Dropout;
import io.antiphon.models.RecurrentLayers;
import java.util.ArrayList;
import java.util.List;

/// Penalises what recurrent layers give: large activations, after the dropout, by alpha, and large
/// changes from place to place, before it, by beta.
final class Regularizer implements Callback {
  private final double alpha;
  private final double beta;
  private final List<NDArray> raw = new ArrayList<>();
  private final List<NDArray> dropped = new ArrayList<>();

  Regularizer(double alpha, double beta) {
    this.alpha = alpha;
    this.beta = beta;
  }

  @Override
  public void beforeFit(Fit fit) {
    fit.hook(
        RecurrentLayers.class::isInstance, BlockHook.looking((_, _, out) -> raw.add(out.head())));
    fit.hook(Dropout.class::isInstance, BlockHook.looking((_, _, out) -> dropped.add(out.head())));
  }

  @Override
  public void afterLoss(Batch batch) {
    if (batch.isTraining()) {
      NDArray h = raw.getLast();
      NDArray change = h.get(":, 1:").sub(h.get(":, :-1"));
      NDArray activation = dropped.getLast().square().mean().mul(alpha);
      batch.objective(batch.objective().add(activation).add(change.square().mean().mul(beta)));
    }
  }

  @Override
  public void cleanupBatch(Batch batch) {
    raw.clear();
    dropped.clear();
  }
}
