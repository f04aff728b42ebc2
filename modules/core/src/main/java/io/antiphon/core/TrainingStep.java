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

  /// {@return the predictions for inputs}
  ///
  /// @param inputs what the model gets: those of the batch, as whoever wraps this arranged them
  default NDList predict(Batch batch, NDList inputs) {
    return batch.forward(inputs);
  }

  /// {@return the mean loss, a scalar `[]`}
  ///
  /// By default that of the loss function in force, which also says what it counted. A step that
  /// has a loss of its own may tell that by [Batch#counted]; samples count else.
  ///
  /// @param predictions those of the batch
  /// @param targets those of the batch
  default NDArray loss(Batch batch, NDList predictions, NDList targets) {
    LossFunction loss = batch.fit().lossFunction();
    NDArray mean = loss.loss(predictions, targets);
    loss.counted(predictions, targets).ifPresent(batch::counted);
    return mean;
  }

  /// Adds the gradients of an objective to those that are there, by [Batch#backward]. A step may
  /// have an objective of its own, or several, one after the other.
  ///
  /// @param objective [Batch#objective]
  default void backward(Batch batch, NDArray objective) {
    batch.backward(objective);
  }

  /// What [Batch#backward] does: goes back through the graph. Whoever scales what is differentiated
  /// wraps this, and so scales every objective, whoever made it.
  default void differentiate(Batch batch, NDArray objective, boolean keepGraph) {
    Autograd.backward(objective, keepGraph);
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
