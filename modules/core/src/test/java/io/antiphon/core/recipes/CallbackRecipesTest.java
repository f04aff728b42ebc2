package io.antiphon.core.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBackwardException;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Event;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.Points;
import io.antiphon.core.StepCallback;
import io.antiphon.core.StepResult;
import io.antiphon.core.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the literature does with callbacks, each in a few lines against the public API alone.
class CallbackRecipesTest {
  /// The algorithm itself as a plug-in: predict, loss, backward, step and zeroGrad.
  static final class TrainCallback implements StepCallback {
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

  @Test
  void aCallbackMaySupplyTheWholeStep() {
    try (Learner plain = Points.learner(10).build();
        Learner supplied = Points.learner(10).callbacks(new TrainCallback()).build()) {
      plain.fit(2);
      supplied.fit(2);
      assertThat(weights(supplied)).isEqualTo(weights(plain));
    }
  }

  @Test
  void momentumIsAZeroGradThatKeepsAPart() {
    var momentum =
        new TrainingStep() {
          @Override
          public void zeroGrad(Batch batch) {
            batch.gradients().scale(0.85);
          }
        };
    try (Learner plain = Points.learner(10).optimizer(Points.sgd(0.02)).build();
        Learner faster = Points.learner(10).optimizer(Points.sgd(0.02)).step(momentum).build()) {
      double slow = plain.fit(2).valid().orElseThrow().loss();
      assertThat(faster.fit(2).valid().orElseThrow().loss()).isLessThan(slow * 0.8);
    }
  }

  static final class SingleBatch implements Callback {
    @Override
    public Order order() {
      return Order.at(1);
    }

    @Override
    public void afterBatch(Batch batch) {
      throw new CancelFitException("one batch is enough");
    }
  }

  @Test
  void aCallbackOfOrderOneCancelsTheFitAfterTheOthers() {
    var heard = new ArrayList<String>();
    var other =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            heard.add("batch " + batch.lossValue());
          }
        };
    try (Learner learner = Points.learner(10).callbacks(new SingleBatch(), other).build()) {
      FitResult result = learner.fit(1);
      assertThat(heard).hasSize(1);
      assertThat(result.outcome())
          .isEqualTo(new Outcome.Cancelled("single-batch", "one batch is enough"));
    }
  }

  static final class StopAfterTenSteps implements Callback {
    @Override
    public void afterStep(Batch batch) {
      if (batch.fit().trainIter() + 1 >= 10) {
        throw new CancelFitException("10 steps are done");
      }
    }
  }

  @Test
  void aCallbackStopsAfterExactlyTenSteps() {
    var steps = new ArrayList<StepResult>();
    var counter =
        new Callback() {
          @Override
          public void afterStep(Batch batch) {
            steps.add(batch.stepResult());
          }

          @Override
          public Order order() {
            return Order.at(-1);
          }
        };
    try (Learner learner = Points.learner(4).callbacks(new StopAfterTenSteps(), counter).build()) {
      learner.fit(5);
      assertThat(steps).hasSize(10).containsOnly(new StepResult.Applied());
      assertThat(learner.callback("stop-after-ten-steps")).isPresent();
      assertThat(learner.callback(StopAfterTenSteps.class)).isPresent();
    }
  }

  static final class TerminateOnNan implements Callback {
    @Override
    public Order order() {
      return Order.DEFAULT.runBefore(LossRecorder.class);
    }

    @Override
    public boolean waitsForDevice() {
      return true;
    }

    @Override
    public void afterBatch(Batch batch) {
      if (!Double.isFinite(batch.lossValue())) {
        throw new CancelFitException("the loss is " + batch.lossValue());
      }
    }
  }

  static final class LossRecorder implements Callback {
    final List<Double> losses = new ArrayList<>();

    @Override
    public void afterBatch(Batch batch) {
      losses.add(batch.lossValue());
    }
  }

  @Test
  void noNanIsRecordedByARecorderThatRunsAfterTheGuard() {
    var recorder = new LossRecorder();
    var poison =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.fit().trainIter() == 3) {
              batch.loss(batch.loss().mul(Float.NaN));
            }
          }
        };
    try (Learner learner =
        Points.learner(6).callbacks(recorder, new TerminateOnNan(), poison).build()) {
      FitResult result = learner.fit(1);
      assertThat(result.outcome())
          .isEqualTo(new Outcome.Cancelled("terminate-on-nan", "the loss is NaN"));
      assertThat(recorder.losses).hasSize(3).allMatch(Double::isFinite);
    }
  }

  /// Keeps what the model gives beside its prediction, and adds a penalty on it to what is
  /// differentiated, as fastai's RNNRegularizer does.
  static final class ActivationPenalty implements Callback {
    final double alpha;
    NDList kept = new NDList();

    ActivationPenalty(double alpha) {
      this.alpha = alpha;
    }

    @Override
    public void afterPred(Batch batch) {
      kept = batch.predictions().subNDList(1);
      batch.predictions(new NDList(batch.predictions().head()));
    }

    @Override
    public void afterLoss(Batch batch) {
      if (batch.isTraining()) {
        batch.objective(batch.objective().add(kept.head().square().mean().mul(alpha)));
      }
    }

    @Override
    public void cleanupBatch(Batch batch) {
      kept = new NDList();
    }
  }

  @Test
  void aPenaltyOnKeptActivationsShrinksThemAndIsNotReported() {
    assertThat(meanActivation(5)).isLessThan(meanActivation(0) * 0.7);
  }

  /// Trains a net that gives its activations as a second output.
  private static double meanActivation(double alpha) {
    var model =
        new SequentialBlock()
            .add(Linear.builder().setUnits(4).build())
            .add(Activation::relu)
            .add(
                new LambdaBlock(
                    h -> new NDList(h.head().get(":, :2").sub(h.head().get(":, 2:")), h.head())));
    var penalty = new ActivationPenalty(alpha);
    var activations = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            float expected =
                batch.fit().lossFunction().loss(batch.predictions(), batch.targets()).getFloat();
            assertThat(batch.lossValue()).isCloseTo(expected, within(1e-6));
            activations.add((double) penalty.kept.head().mean().getFloat());
          }
        };
    try (Learner learner = Points.learner(20).model(model).callbacks(penalty, watch).build()) {
      learner.fit(2);
    }
    return activations.getLast();
  }

  @Test
  void theBackwardPassIsSkippedAboveABoundAndTheLossScaledBelowAnother() {
    var skipped = new ArrayList<Boolean>();
    var bounds =
        new Callback() {
          @Override
          public void beforeBackward(Batch batch) {
            if (batch.lossValue() > 0.9) {
              throw new CancelBackwardException("an outlier");
            }
            if (batch.lossValue() < 0.3) {
              batch.objective(batch.loss().mul(0.5));
            }
          }

          @Override
          public void afterBackward(Batch batch) {
            double norm = batch.gradients().norm(batch.manager(), 2).getFloat();
            skipped.add(norm == 0);
            assertThat(norm == 0).isEqualTo(batch.lossValue() > 0.9);
          }
        };
    try (Learner learner = Points.learner(30).callbacks(bounds).build()) {
      learner.fit(1);
      assertThat(skipped).hasSize(30).contains(false);
    }
  }

  @Test
  void inputsMayBeReplacedBeforeTheForward() {
    var blind =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.inputs(new NDList(batch.inputs().head().mul(0)));
          }
        };
    try (Learner learner = Points.learner(10).callbacks(blind).build()) {
      // what is always zero teaches nothing: chance, ln 2
      assertThat(learner.fit(1).valid().orElseThrow().loss()).isCloseTo(0.693, within(0.05));
    }
  }

  @Test
  void hyperParametersChangedBetweenBatchesAreSeenByTheNextStep() {
    var moved = new ArrayList<Boolean>();
    var everyOther =
        new Callback() {
          private float[] before = {};

          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining()) {
              batch.fit().optimizer().set(Hyper.LEARNING_RATE, batch.index() % 2 == 0 ? 0 : 0.1);
              before = weights(batch.fit().learner());
            }
          }

          @Override
          public void afterStep(Batch batch) {
            moved.add(!java.util.Arrays.equals(before, weights(batch.fit().learner())));
          }
        };
    try (Learner learner = Points.learner(4).callbacks(everyOther).build()) {
      learner.fit(1);
      assertThat(moved).containsExactly(false, true, false, true);
    }
  }

  /// Gradients of several batches add up: a batch cancelled before its step is not zeroed either.
  static final class Accumulate implements Callback {
    @Override
    public void afterLoss(Batch batch) {
      if (batch.isTraining()) {
        batch.objective(batch.loss().div(4));
      }
    }

    @Override
    public void beforeStep(Batch batch) {
      if (batch.fit().trainIter() % 4 != 3) {
        throw new CancelBatchException("gradients are being accumulated");
      }
    }
  }

  @Test
  void aBatchCancelledBeforeItsStepAccumulatesAndItsLossStillCounts() {
    var steps = new ArrayList<Long>();
    var rows = new ArrayList<Long>();
    var watch =
        new Callback() {
          @Override
          public void afterStep(Batch batch) {
            steps.add(batch.fit().trainIter());
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.trainScores().orElseThrow().samples());
          }
        };
    try (Learner learner = Points.learner(8).callbacks(new Accumulate(), watch).build()) {
      learner.fit(1);
      assertThat(steps).containsExactly(3L, 7L);
      assertThat(rows).containsExactly(64L);
      assertThat(Event.BEFORE_STEP.isHeardBy(watch)).isFalse();
    }
  }

  private static float[] weights(Learner learner) {
    var all = new ArrayList<Float>();
    for (var parameter : learner.model().getParameters().values()) {
      for (float value : parameter.getArray().toFloatArray()) {
        all.add(value);
      }
    }
    var array = new float[all.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = all.get(i);
    }
    return array;
  }
}
