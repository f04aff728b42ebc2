package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import io.antiphon.torch.Autograd;
import java.util.List;

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
/// A step that trains several networks by turns has a [Turn] for each; all of the above happens in
/// each turn of each batch, for the parameters that the turn trains.
///
/// To add to the step in force rather than replace it, wrap it: `fit.wrapStep(inner -> …)`, with a
/// [Wrapper]. A step that remembers anything between batches is [Stateful], too.
public interface TrainingStep extends Reporting {
  /// The usual step.
  TrainingStep STANDARD = new TrainingStep() {};

  /// {@return the turns of every batch, in order; by default the one in which all is trained}
  ///
  /// Each turn has its own predictions, loss and gradients, and its own events from `AFTER_PRED` to
  /// `AFTER_STEP`. What the batch has at `AFTER_BATCH` is the last one's; so are the loss and the
  /// metrics of the epoch. The loss of each turn is reported as [Turn#lossName]. In validation each
  /// turn predicts and has its loss. A batch that is cancelled ends with all its turns.
  default List<Turn> turns() {
    return Batch.ONE_TURN;
  }

  /// {@return whether a turn is taken with this batch; by default each is with every one}
  default boolean takes(Batch batch, Turn turn) {
    return true;
  }

  /// {@return whether a batch has a loss in this step: where it trains, and where there are
  /// targets, unless a step's loss needs none; predictions are made without a loss function, too}
  default boolean hasLoss(Batch batch) {
    boolean needsNone =
        batch.fit().purpose() == Purpose.PREDICT && batch.fit().lossFunction() instanceof NoLoss;
    return batch.isTraining() || (!batch.targets().isEmpty() && !needsNone);
  }

  /// {@return the predictions for inputs}
  ///
  /// @param inputs what the model gets: those of the batch, as whoever wraps this arranged them
  default NDList predict(Batch batch, NDList inputs) {
    return batch.forward(inputs);
  }

  /// What [Batch#forward] does: runs a block, with the hooks around it and its parts
  /// ([Scope#hook(Block, BlockHook)]). Whoever computes in other types wraps this, and so sees
  /// whatever is run, by whichever step.
  ///
  /// @param training whether the block drops and counts as in training
  default NDList forward(Batch batch, Block block, NDList inputs, boolean training) {
    return batch.fit().learner().parts().hooks.get().run(batch, block, inputs, training);
  }

  /// {@return the mean loss, a scalar `[]`}
  ///
  /// By default that of the loss function in force, which also says what it counted. A step that
  /// has a loss of its own may tell that by [Batch#counted]; samples count else.
  ///
  /// @param predictions those of the batch
  /// @param targets those of the batch
  default NDArray loss(Batch batch, NDList predictions, NDList targets) {
    LossFunction.Counted counted = batch.fit().lossFunction().lossAndCounted(predictions, targets);
    counted.places().ifPresent(batch::counted);
    return counted.loss();
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

  /// Updates the weights that the turn trains.
  default StepResult step(Batch batch) {
    batch.fit().optimizer().step(batch.turn());
    return new StepResult.Applied();
  }

  /// Clears the gradients, after each step.
  default void zeroGrad(Batch batch) {
    batch.gradients().zero();
  }

  /// A step around another one, which does what this does not change.
  interface Wrapper extends TrainingStep {
    /// {@return the step that this lies over}
    TrainingStep inner();

    @Override
    default List<Turn> turns() {
      return inner().turns();
    }

    @Override
    default boolean takes(Batch batch, Turn turn) {
      return inner().takes(batch, turn);
    }

    @Override
    default boolean hasLoss(Batch batch) {
      return inner().hasLoss(batch);
    }

    @Override
    default List<String> reports() {
      return inner().reports();
    }

    @Override
    default NDList predict(Batch batch, NDList inputs) {
      return inner().predict(batch, inputs);
    }

    @Override
    default NDList forward(Batch batch, Block block, NDList inputs, boolean training) {
      return inner().forward(batch, block, inputs, training);
    }

    @Override
    default NDArray loss(Batch batch, NDList predictions, NDList targets) {
      return inner().loss(batch, predictions, targets);
    }

    @Override
    default void backward(Batch batch, NDArray objective) {
      inner().backward(batch, objective);
    }

    @Override
    default void differentiate(Batch batch, NDArray objective, boolean keepGraph) {
      inner().differentiate(batch, objective, keepGraph);
    }

    @Override
    default StepResult step(Batch batch) {
      return inner().step(batch);
    }

    @Override
    default void zeroGrad(Batch batch) {
      inner().zeroGrad(batch);
    }
  }
}
