package io.antiphon.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.Trainer;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EarlyStoppingListener;
import ai.djl.training.listener.EpochTrainingListener;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.ClashException;
import io.antiphon.core.Epoch;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.optim.Adam;
import io.antiphon.optim.Sgd;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class AdaptersTest {
  private static List<float[]> fitted(
      io.antiphon.core.Optimizer.Factory optimizer, Callback... callbacks) {
    // without a norm: before one, the gradient of a bias is nothing but rounding
    var model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner =
        TinyTask.learner().model(model).optimizer(optimizer).callbacks(callbacks).build()) {
      learner.fit(3);
      return learner.model().getParameters().values().stream()
          .map(each -> each.getArray().toFloatArray())
          .toList();
    }
  }

  private static void close(List<float[]> some, List<float[]> others) {
    for (int i = 0; i < some.size(); i++) {
      assertThat(some.get(i)).containsExactly(others.get(i), Offset.offset(1e-5f));
    }
  }

  @Test
  void djlsAdamTrainsAsOurs() {
    close(
        fitted(
            DjlOptimizer.of(0.01, rate -> Optimizer.adam().optLearningRateTracker(rate).build())),
        fitted(Adam.of(0.01)));
  }

  @Test
  void aScheduleSetsItsLearningRate() {
    var halving =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.set(Hyper.LEARNING_RATE, 0.1 / (1 + batch.fit().trainIter()));
          }
        };
    close(
        fitted(
            DjlOptimizer.of(9, rate -> Optimizer.sgd().setLearningRateTracker(rate).build()),
            halving),
        fitted(Sgd.of(9), halving));
  }

  @Test
  void withARateOfItsOwnItHasNoHyperParameter() {
    io.antiphon.core.Optimizer.Factory own =
        DjlOptimizer.of(() -> Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build());
    close(fitted(own), fitted(Sgd.of(0.1)));
    try (Learner learner = TinyTask.learner().optimizer(own).build()) {
      assertThatThrownBy(() -> learner.optimizer().set(Hyper.LEARNING_RATE, 1))
          .hasMessage("this optimizer has no hyper-parameter 'lr'; it has []");
    }
  }

  @Test
  void aFrozenParameterStays() {
    try (Learner learner =
        TinyTask.learner()
            .optimizer(
                DjlOptimizer.of(0.1, rate -> Optimizer.sgd().setLearningRateTracker(rate).build()))
            .build()) {
      var first = learner.model().getParameters().valueAt(0);
      first.freeze(true);
      float[] before = first.getArray().toFloatArray();
      learner.fit(1);
      assertThat(first.getArray().toFloatArray()).containsExactly(before);
    }
  }

  @Test
  void aTrackerSetsAHyperParameter() {
    Tracker tracker = Tracker.factor().setBaseValue(0.1f).setFactor(0.5f).build();
    var rates = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public Order order() {
            return Order.SAVE;
          }

          @Override
          public void afterStep(Batch batch) {
            rates.add(batch.fit().optimizer().get(Hyper.LEARNING_RATE));
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new DjlTracker(tracker), watch).build()) {
      learner.fit(1);
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
      learner.add(new DjlTracker(tracker));
      assertThatThrownBy(learner::check).isInstanceOf(ClashException.class);
    }
    assertThat(rates)
        .containsExactly(
            (double) tracker.getNewValue(0),
            (double) tracker.getNewValue(1),
            (double) tracker.getNewValue(2));
  }

  /// Writes down what it is told.
  private static final class Told implements TrainingListener {
    private final List<String> told = new ArrayList<>();

    @Override
    public void onEpoch(Trainer trainer) {
      told.add("epoch");
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData data) {
      assertThat(data.getBatch().getSize()).isEqualTo(8);
      assertThat(trainer.getModel().getBlock().isInitialized()).isTrue();
      told.add("train " + data.getBatch().getProgress());
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData data) {
      told.add("valid " + data.getBatch().getProgress());
    }

    @Override
    public void onTrainingBegin(Trainer trainer) {
      told.add("begin");
    }

    @Override
    public void onTrainingEnd(Trainer trainer) {
      told.add("end");
    }
  }

  @Test
  void aListenerIsToldOfBatchesEpochsAndTheFit() {
    var told = new Told();
    try (Learner learner = TinyTask.learner().callbacks(DjlListener.of(told)).build()) {
      learner.fit(1);
      assertThat(told.told)
          .containsExactly(
              "begin", "train 0", "train 1", "train 2", "valid 0", "valid 1", "epoch", "end");
      learner.fit(1); // the model is still there
      assertThat(told.told).hasSize(16);
    }
  }

  @Test
  void evaluatorsCountTheLoopsPredictions() {
    var found = new ArrayList<Float>();
    DjlListener adapter =
        DjlListener.of(new EvaluatorTrainingListener()).evaluators(new Accuracy());
    var look =
        new Callback() {
          @Override
          public Order order() {
            return Order.SAVE;
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            found.add(adapter.trainer().getTrainingResult().getValidateEvaluation("Accuracy"));
            found.add(adapter.trainer().getTrainingResult().getValidateLoss());
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(adapter, look).build()) {
      FitResult result = learner.fit(2);
      assertThat(found).hasSize(4);
      assertThat((double) found.getLast())
          .isCloseTo(result.valid().orElseThrow().loss(), Offset.offset(1e-4));
      assertThat(found.get(2)).isBetween(0f, 1f);
    }
  }

  @Test
  void oneThatStopsEarlyEndsTheFitAfterTheEpoch() {
    var stop =
        EarlyStoppingListener.builder()
            .optEarlyStopPctImprovement(100)
            .optMinEpochs(1)
            .optEpochPatience(1)
            .build();
    try (Learner learner =
        TinyTask.learner()
            .callbacks(
                DjlListener.of(new EpochTrainingListener(), new EvaluatorTrainingListener(), stop))
            .build()) {
      FitResult result = learner.fit(9);
      assertThat(result.outcome()).isInstanceOf(Outcome.Stopped.class);
      assertThat(result.epochs()).isLessThan(9);
    }
  }

  @Test
  void theyKeepTheContract() {
    CallbackContract.of(() -> DjlListener.of(new Told())).verify();
    CallbackContract.of(() -> new DjlTracker(Tracker.fixed(0.05f))).verify();
  }
}
