package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.torch.Autograd;

/// What happens to one batch between the events: predict, loss, backward, step, zeroGrad.
///
/// Each has the usual meaning by default, so that an implementation replaces just what it changes.
/// Momentum, for one, is a zeroGrad that keeps a part:
///
/// ```
/// var momentum = new TrainingStep() {
///   @Override public void zeroGrad(Batch batch) {
///     batch.gradients().scale(0.85);
///   }
/// };
/// ```
///
/// To add to the step in force rather than replace it, wrap it: `fit.wrapStep(inner -> …)`.
public interface TrainingStep {
  /// The usual step.
  TrainingStep STANDARD = new TrainingStep() {};

  /// {@return the model's predictions for the batch's inputs}
  default NDList predict(Batch batch) {
    return batch.forward(batch.inputs());
  }

  /// {@return the mean loss of the batch, a scalar `[]`}
  default NDArray loss(Batch batch) {
    return batch.fit().lossFunction().loss(batch.predictions(), batch.targets());
  }

  /// Adds the gradients of [Batch#objective] to those that are there.
  default void backward(Batch batch) {
    Autograd.backward(batch.objective(), false);
  }

  /// Updates the weights.
  default StepResult step(Batch batch) {
    batch.fit().optimizer().step();
    return new StepResult.Applied();
  }

  /// Clears the gradients, after each step.
  default void zeroGrad(Batch batch) {
    batch.gradients().zero();
  }
}
