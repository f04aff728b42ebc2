package io.antiphon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelEpochException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.CancelValidateException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.Pass;
import io.antiphon.core.Row;
import io.antiphon.core.Scope;
import io.antiphon.core.Splitter;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import io.antiphon.training.TerminateOnNan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecorderTest {
  private static final int BATCHES = Fits.BATCHES;

  private final Recorder recorder = new Recorder();

  @Test
  void everyTrainingBatchLeavesItsLossAndEveryHyperParameter() {
    List<Double> losses = new ArrayList<>();
    List<Double> smoothed = new ArrayList<>();
    var watch =
        new Callback() {
          @Override
          public Order order() {
            return Order.TRACK;
          }

          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining()) {
              batch.fit().set(Hyper.LEARNING_RATE, 0.1 + batch.fit().trainIter() / 1000.0);
            }
          }

          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining()) {
              losses.add(batch.lossValue());
              smoothed.add(batch.fit().smoothLoss());
              assertThat(recorder.losses()).hasSize(losses.size());
            }
          }
        };
    try (Learner learner = Fits.learner().callbacks(recorder, watch).build()) {
      learner.fit(2);
      assertThat(recorder.losses()).hasSize(2 * BATCHES).containsExactly(array(losses));
      assertThat(recorder.smoothedLosses()).containsExactly(array(smoothed), within(1e-12));
      double[] rates = recorder.hyper(Hyper.LEARNING_RATE);
      assertThat(rates).hasSize(2 * BATCHES);
      for (int i = 0; i < rates.length; i++) {
        assertThat(rates[i]).isEqualTo(0.1 + i / 1000.0);
      }
      assertThat(recorder.hyper(learner.optimizer().groups().getFirst().name(), Hyper.MOMENTUM))
          .hasSize(2 * BATCHES)
          .containsOnly(0.0);
      assertThatThrownBy(() -> recorder.hyper(Hyper.EPSILON))
          .hasMessageStartingWith("there is no record of hyper-parameter 'eps'; there are [lr of");
    }
  }

  @Test
  void everyEpochLeavesARow() {
    try (Learner learner = Fits.learner().callbacks(recorder).build()) {
      FitResult result = learner.fit(2);
      assertThat(recorder.rows()).hasSize(2);
      Row row = recorder.rows().getLast();
      assertThat(row.index()).isEqualTo(1);
      assertThat(row.number()).isEqualTo(1);
      assertThat(row.step()).isEqualTo(2 * BATCHES);
      assertThat(row.lr()).isEqualTo(0.1);
      assertThat(row.partial()).isFalse();
      assertThat(row.seconds()).isPositive();
      assertThat(row.trainLoss()).isCloseTo(mean(recorder.losses(), BATCHES), within(1e-12));
      assertThat(row.trainLoss()).isEqualTo(result.train().orElseThrow().loss());
      assertThat(row.validLoss()).isEqualTo(result.valid().orElseThrow().loss());
      assertThat(row.numbers()).containsAllEntriesOf(result.valid().orElseThrow().metrics());
      assertThat(row.value("entropy")).isCloseTo(row.validLoss(), within(1e-6));
      assertThatThrownBy(() -> row.value("entropie"))
          .hasMessage(
              "there is no column 'entropie'; there are [train_loss, valid_loss, accuracy,"
                  + " entropy]");
      assertThat(row.numbers().sequencedKeySet())
          .containsExactly("train_loss", "valid_loss", "accuracy", "entropy");
      learner.fit(1);
      assertThat(recorder.rows()).hasSize(1);
      assertThat(recorder.losses()).hasSize(BATCHES);
    }
  }

  @Test
  void metricsOfTrainingHaveColumnsOfTheirOwn() {
    try (Learner learner = Fits.learner().scoresTraining(true).callbacks(recorder).build()) {
      FitResult result = learner.fit(1);
      assertThat(recorder.rows().getFirst().numbers().sequencedKeySet())
          .containsExactly(
              "train_loss", "valid_loss", "train_accuracy", "train_entropy", "accuracy", "entropy");
      assertThat(recorder.rows().getFirst().value("train_accuracy"))
          .isEqualTo(result.train().orElseThrow().metrics().get("accuracy"));
    }
  }

  static List<Arguments> cuts() {
    return List.of(
        cut(
            "train, before its first batch",
            Part.TRAIN_START,
            0,
            true,
            _ -> {
              throw new CancelTrainException("test");
            }),
        cut(
            "train, in a batch",
            Part.TRAIN_BATCH,
            5,
            true,
            _ -> {
              throw new CancelTrainException("test");
            }),
        cut(
            "validation, before its first batch",
            Part.VALID_START,
            BATCHES,
            false,
            _ -> {
              throw new CancelValidateException("test");
            }),
        cut(
            "validation, in a batch",
            Part.VALID_BATCH,
            BATCHES,
            false,
            _ -> {
              throw new CancelValidateException("test");
            }),
        cut(
            "epoch, in training",
            Part.TRAIN_BATCH,
            5,
            false,
            _ -> {
              throw new CancelEpochException("test");
            }),
        cut(
            "epoch, in validation",
            Part.VALID_BATCH,
            BATCHES,
            false,
            _ -> {
              throw new CancelEpochException("test");
            }),
        cut(
            "epoch, at once",
            Part.EPOCH_START,
            0,
            false,
            _ -> {
              throw new CancelEpochException("test");
            }),
        cut(
            "fit, in training",
            Part.TRAIN_BATCH,
            5,
            false,
            _ -> {
              throw new CancelFitException("test");
            }),
        cut(
            "fit, in validation",
            Part.VALID_BATCH,
            BATCHES,
            false,
            _ -> {
              throw new CancelFitException("test");
            }),
        cut(
            "fit, stopped after a batch",
            Part.TRAIN_BATCH,
            6,
            false,
            batch -> batch.fit().stopAfter(Level.BATCH, "test")),
        cut(
            "failure, in training",
            Part.TRAIN_BATCH,
            5,
            false,
            _ -> {
              throw new IllegalStateException("test");
            }));
  }

  private enum Part {
    EPOCH_START,
    TRAIN_START,
    TRAIN_BATCH,
    VALID_START,
    VALID_BATCH
  }

  private static Arguments cut(
      String what, Part part, int recorded, boolean validated, Consumer<Scope> action) {
    return Arguments.argumentSet(what, part, recorded, validated, action);
  }

  /// Whatever ends the second of three epochs early: its row has all columns.
  @ParameterizedTest
  @MethodSource("cuts")
  void noCancelShortensARow(Part part, int recorded, boolean validated, Consumer<Scope> action) {
    var cutter =
        new Callback() {
          private void act(Part here, Epoch epoch, Scope scope) {
            if (here == part && epoch.index() == 1) {
              action.accept(scope);
            }
          }

          @Override
          public void beforeEpoch(Epoch epoch) {
            act(Part.EPOCH_START, epoch, epoch);
          }

          @Override
          public void beforeTrain(Pass pass) {
            act(Part.TRAIN_START, pass.epoch(), pass);
          }

          @Override
          public void beforeValidate(Pass pass) {
            act(Part.VALID_START, pass.epoch(), pass);
          }

          @Override
          public void beforeBatch(Batch batch) {
            if (batch.index() == 5) {
              act(
                  batch.isTraining() ? Part.TRAIN_BATCH : Part.VALID_BATCH,
                  batch.pass().epoch(),
                  batch);
            }
          }
        };
    try (Learner learner = Fits.learner().callbacks(recorder, cutter).build()) {
      try {
        learner.fit(3);
      } catch (CallbackException e) {
        assertThat(e).hasMessageContaining("test");
      }
    }
    Row full = recorder.rows().get(0);
    Row row = recorder.rows().get(1);
    assertThat(full.partial()).isFalse();
    assertThat(row.partial()).isTrue();
    assertThat(row.numbers().sequencedKeySet())
        .containsExactlyElementsOf(full.numbers().sequencedKeySet());
    assertThat(row.seconds()).isPositive();
    assertThat(Double.isNaN(row.trainLoss())).isEqualTo(recorded == 0);
    assertThat(Double.isNaN(row.validLoss())).isNotEqualTo(validated);
    assertThat(Double.isNaN(row.value("accuracy"))).isNotEqualTo(validated);
    int later = recorder.rows().size() - 2;
    assertThat(recorder.losses()).hasSize((1 + later) * BATCHES + recorded);
    assertThat(recorder.hyper(Hyper.LEARNING_RATE)).hasSize((1 + later) * BATCHES + recorded);
  }

  @Test
  void aFitWithoutValidationHasTheSameColumns() {
    var learner = Fits.learner();
    try (Learner built = learner.callbacks(recorder).build()) {
      built.fit(
          1,
          new Callback() {
            @Override
            public void beforeValidate(Pass pass) {
              throw new CancelValidateException("test");
            }
          });
      assertThat(recorder.rows().getFirst().numbers().sequencedKeySet())
          .containsExactly("train_loss", "valid_loss", "accuracy", "entropy");
    }
  }

  @Test
  void aBatchWhoseTrainingStepIsMadeCountsThoughACallbackEndsTheTrainingAfterIt() {
    var cut =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining() && batch.index() == 1) {
              throw new CancelTrainException("enough");
            }
          }
        };
    try (Learner learner = Fits.learner().callbacks(recorder, cut).build()) {
      FitResult result = learner.fit(2);
      assertThat(learner.stepsDone()).isEqualTo(4);
      assertThat(recorder.losses()).hasSize(4);
      assertThat(recorder.hyper(Hyper.LEARNING_RATE)).hasSize(4);
      assertThat(result.train().orElseThrow().samples()).isEqualTo(20); // two batches of 10
    }
  }

  @Test
  void batchesThatAreCancelledAfterTheirLossCount() {
    var accumulate =
        new Callback() {
          @Override
          public void beforeStep(Batch batch) {
            if (batch.index() % 2 == 0) {
              throw new CancelBatchException("test");
            }
          }
        };
    try (Learner learner = Fits.learner().callbacks(recorder, accumulate).build()) {
      learner.fit(1);
      assertThat(recorder.losses()).hasSize(BATCHES);
      assertThat(recorder.rows().getFirst().partial()).isFalse();
    }
  }

  @Test
  void groupsAreRecordedApart() {
    Splitter byKind = Splitter.noDecayOnNormsAndBiases();
    try (Learner learner = Fits.learner().splitter(byKind).callbacks(recorder).build()) {
      List<String> names =
          learner.optimizer().groups().stream().map(group -> group.name()).toList();
      learner.optimizer().group(names.getFirst()).set(Hyper.LEARNING_RATE, 0.5);
      learner.fit(1);
      assertThat(recorder.hyper(names.getFirst(), Hyper.LEARNING_RATE)).containsOnly(0.5);
      assertThat(recorder.hyper(Hyper.LEARNING_RATE)).containsOnly(0.1);
    }
  }

  @Test
  void weightDecayIsThatOfTheGroupThatDecays() {
    try (Learner learner =
        Fits.learner()
            .splitter(Splitter.noDecayOnNormsAndBiases())
            .callbacks(recorder)
            .optimizer(groups -> {
              Optimizer descent = TinyTask.descent(0.1).create(groups);
              descent.set(Hyper.WEIGHT_DECAY, 0.3);
              return descent;
            })
            .build()) {
      learner.fit(1);
      assertThat(recorder.hyper(Hyper.WEIGHT_DECAY)).containsOnly(0.3);
    }
  }

  @Test
  void aRestoredRecorderContinuesWhereTheOtherStood() {
    var kept = new Recorder();
    var states = new ArrayList<Recorder.State>();
    try (Learner learner = Fits.learner().callbacks(recorder).build();
        NDManager manager = learner.manager().newSubManager()) {
      learner.fit(2, saving(states));
      double[] losses = recorder.losses();
      kept.restore(states.getLast());
      assertThat(kept.rows()).isEqualTo(recorder.rows());
      assertThat(kept.losses()).containsExactly(losses);
      assertThat(kept.smoothedLosses()).containsExactly(recorder.smoothedLosses());
      assertThat(kept.hyper(Hyper.MOMENTUM)).containsExactly(recorder.hyper(Hyper.MOMENTUM));
      learner.remove(recorder);
      learner.fit(1, kept);
      assertThat(kept.rows()).hasSize(3);
      assertThat(kept.losses()).hasSize(3 * BATCHES).startsWith(losses);
      assertThat(kept.hyper(Hyper.LEARNING_RATE)).hasSize(3 * BATCHES);
      double smooth = 0;
      for (double loss : kept.losses()) {
        smooth = 0.98 * smooth + 0.02 * loss;
      }
      assertThat(kept.smoothedLosses()[3 * BATCHES - 1])
          .isCloseTo(smooth / (1 - Math.pow(0.98, 3 * BATCHES)), within(1e-12));
      Recorder.State ended = kept.state(manager);
      kept.restore(ended);
      assertThat(kept.rows()).hasSize(3);
      learner.fit(1, kept);
      assertThat(kept.rows()).hasSize(1);
    }
  }

  /// {@return a callback that adds the recorder's state after each epoch}
  private Callback saving(List<Recorder.State> states) {
    return new Callback() {
      @Override
      public Order order() {
        return Order.SAVE;
      }

      @Override
      public void afterEpoch(Epoch epoch) {
        states.add(recorder.state(epoch.fit().learner().manager()));
      }
    };
  }

  @Test
  void aFitThatFailsBeforeItReachesTheRecorderLeavesWhatWasRestored() {
    var states = new ArrayList<Recorder.State>();
    var refusing =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            throw new IllegalStateException("refused");
          }
        };
    var kept = new Recorder();
    try (Learner learner = Fits.learner().build()) {
      learner.fit(2, recorder, saving(states));
      kept.restore(states.getLast());
      assertThatThrownBy(() -> learner.fit(1, kept, refusing))
          .isInstanceOf(CallbackException.class);
      assertThat(kept.rows()).hasSize(2);
      learner.fit(1, kept);
      assertThat(kept.rows()).hasSize(3);
    }
  }

  @Test
  void recordingKeepsNoArrays() {
    try (Learner learner = Fits.learner().callbacks(recorder).build()) {
      learner.fit(1);
      int before = learner.manager().getManagedArrays().size();
      learner.fit(3);
      assertThat(learner.manager().getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void bothKeepTheContractOfAllCallbacks() {
    CallbackContract.of(Recorder::new).verify();
    CallbackContract.of(TerminateOnNan::new).verify();
  }

  @Test
  void aLossThatIsNoNumberEndsTheFit() {
    var spoil =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.isTraining() && batch.fit().trainIter() == BATCHES + 3) {
              batch.loss(batch.loss().mul(Double.NaN));
            }
          }
        };
    try (Learner learner =
        Fits.learner().callbacks(recorder, spoil, new TerminateOnNan()).build()) {
      FitResult result = learner.fit(5);
      assertThat(result.outcome())
          .isEqualTo(
              new Outcome.Cancelled(
                  "terminate-on-nan",
                  "the loss is NaN at training batch 3 of epoch 1; try a smaller learning rate or"
                      + " gradient clipping"));
      assertThat(recorder.rows()).hasSize(2);
      assertThat(recorder.losses()).hasSize(BATCHES + 3).doesNotContain(Double.NaN);
    }
  }

  /// {@return the mean of the losses of the epoch from a batch on, whose last batch is smaller}
  private static double mean(double[] losses, int from) {
    double sum = 0;
    for (int i = 0; i < BATCHES; i++) {
      sum += losses[from + i] * (i < BATCHES - 1 ? 10 : 3);
    }
    return sum / Fits.SAMPLES;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
