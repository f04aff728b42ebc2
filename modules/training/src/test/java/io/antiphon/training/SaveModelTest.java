package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Checkpoint;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Level;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SaveModelTest {
  @TempDir Path folder;

  private SaveModel.Options options(String every, int keep, int best, String monitor) {
    return new SaveModel.Options(
        every.isEmpty() ? Optional.empty() : Optional.of(Length.parse(every)),
        keep,
        best,
        monitor.isEmpty() ? Optional.empty() : Optional.of(monitor),
        Monitor.Mode.AUTO,
        folder);
  }

  private List<String> names() {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<float[]> weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  @Test
  void keepsTheContract() {
    CallbackContract.of(() -> new SaveModel(options("1 steps", 1, 1, ""))).verify();
  }

  @Test
  void theOthersGoOnFromTheMiddleOfAnEpoch() {
    CallbackContract.of(() -> new EarlyStopping(Monitor.of("valid_loss", 1), false)).verify();
    CallbackContract.of(() -> new BestWeights(Monitor.of("valid_loss", 1))).verify();
    CallbackContract.of(() -> new ReduceLrOnPlateau(Monitor.of("valid_loss", 1), 0.5, 0, 0))
        .verify();
  }

  @Test
  void afterEachEpochTheLastAndTheBestStay() throws IOException {
    var worse = new ArrayList<Double>();
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 2, 1, ""))).build()) {
      learner.fit(
          4,
          new Callback() {
            @Override
            public void afterBatch(Batch batch) {
              // the second epoch is the best, whatever the net does
              if (!batch.isTraining()) {
                worse.add(batch.lossValue());
              }
            }

            @Override
            public void afterLoss(Batch batch) {
              if (!batch.isTraining()) {
                int epoch = batch.pass().epoch().index();
                batch.loss(batch.manager().create(epoch == 1 ? 0.1f : epoch + 1f));
              }
            }
          });
    }
    assertThat(names())
        .containsExactly(
            "best", "step-00000006-epoch-2", "step-00000009-epoch-3", "step-00000012-epoch-4");
    assertThat(Files.readString(folder.resolve("best"))).isEqualTo("step-00000006-epoch-2\n");
  }

  @Test
  void everyTwoStepsMeansAfterEverySecondBatchAndTheEndIsSavedToo() {
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("2 steps", 9, 0, ""))).build()) {
      learner.fit(2);
    }
    assertThat(names())
        .containsExactly(
            "step-00000002", "step-00000004", "step-00000006", "step-00000006-epoch-2");
  }

  @Test
  void withoutAnIntervalTheEndAndTheBestAreSaved() {
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("", 1, 0, ""))).build()) {
      learner.fit(3);
    }
    assertThat(names()).containsExactly("step-00000009-epoch-3");
  }

  @Test
  void whatWasInterruptedGoesOnWhereItWas() {
    List<float[]> straight;
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(3);
      straight = weights(learner);
    }
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 2, 1, ""))).build()) {
      learner.fit(
          3,
          new Callback() {
            @Override
            public void afterBatch(Batch batch) {
              if (batch.fit().learner().stepsDone() == 4) {
                batch.fit().stopAfter(Level.BATCH, "interrupted");
              }
            }
          });
    }
    assertThat(names()).containsExactly("best", "step-00000003-epoch-1", "step-00000005");
    Checkpoint newest = Checkpoint.newest(folder).newest().orElseThrow();
    assertThat(newest.isInEpoch()).isTrue();
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 2, 1, ""))).build()) {
      learner.load(newest.folder());
      learner.fit(3);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight);
    }
    assertThat(names()).contains("step-00000009-epoch-3").doesNotContain("step-00000005");
  }

  @Test
  void aStopAfterTheBatchThatComesWhenAllBatchesAreDoneIsSavedWithItsEpoch() {
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 2, 1, ""))).build()) {
      learner.fit(
          3,
          new Callback() {
            @Override
            public void afterEpoch(Epoch epoch) {
              if (epoch.index() == 1) {
                epoch.fit().stopAfter(Level.BATCH, "the time is over");
              }
            }
          });
    }
    assertThat(names()).contains("step-00000006-epoch-2");
  }

  @Test
  void aFailureLeavesWhatWasLearned() {
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 2, 0, ""))).build()) {
      assertThatThrownBy(() ->
              learner.fit(
                  3,
                  new Callback() {
                    @Override
                    public void beforeStep(Batch batch) {
                      if (batch.fit().learner().stepsDone() == 4) {
                        throw new IllegalStateException("broken");
                      }
                    }
                  }))
          .hasMessageContaining("broken");
    }
    assertThat(names()).containsExactly("failed-step-00000005", "step-00000003-epoch-1");
    assertThat(Checkpoint.newest(folder).newest().orElseThrow().steps()).isEqualTo(3);
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldAndTheFitGoesOn() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    var options =
        new SaveModel.Options(
            Optional.of(Length.epochs(1)),
            1,
            0,
            Optional.empty(),
            Monitor.Mode.AUTO,
            file.resolve("in"));
    try (Learner learner = TinyTask.learner().callbacks(new SaveModel(options)).build()) {
      assertThat(learner.fit(2).outcome().isFinished()).isTrue();
    }
    assertThat(names()).containsExactly("file");
  }

  private static Callback afterFirstEpoch(Consumer<Fit> action) {
    return new Callback() {
      @Override
      public void afterEpoch(Epoch epoch) {
        if (epoch.index() == 0) {
          action.accept(epoch.fit());
        }
      }
    };
  }

  @Test
  void aFitThatPausedAfterAnEpochGoesOnAndEndsAsOneThatNeverDid() throws IOException {
    List<float[]> whole;
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(3);
      whole = weights(learner);
    }
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("", 9, 0, ""))).build()) {
      var outcome = learner.fit(3, afterFirstEpoch(fit -> fit.pauseAfterEpoch("enough"))).outcome();
      assertThat(outcome.isFinished()).isFalse();
      assertThat(learner.stepsDone()).isEqualTo(3);
    }
    assertThat(names()).containsExactly("step-00000003-epoch-1");
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("", 9, 0, ""))).build()) {
      learner.load(Checkpoint.newest(folder).newest().orElseThrow().folder());
      assertThat(learner.fit(3, afterFirstEpoch(_ -> {})).outcome().isFinished()).isTrue();
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(whole);
    }
  }

  @Test
  void whoeverStopsAFitIsHeardBeforeWhoeverPausesIt() throws IOException {
    Consumer<Fit> both =
        fit -> {
          fit.pauseAfterEpoch("enough for now");
          fit.stopAfter(Level.EPOCH, "enough");
          fit.pauseAfterEpoch("enough for now");
        };
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("", 9, 0, ""))).build()) {
      assertThat(learner.fit(3, afterFirstEpoch(both)).outcome().toString())
          .contains("why=enough]");
    }
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("", 9, 0, ""))).build()) {
      learner.load(Checkpoint.newest(folder).newest().orElseThrow().folder());
      assertThat(learner.fit(3, afterFirstEpoch(both)).outcome().isFinished()).isFalse();
      assertThat(learner.stepsDone()).isEqualTo(3);
    }
  }

  @Test
  void whatAKilledProcessLeftGoes() throws IOException {
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 9, 0, ""))).build()) {
      learner.fit(
          3,
          new Callback() {
            @Override
            public void afterEpoch(Epoch epoch) {
              if (epoch.index() == 1) {
                epoch.fit().stopAfter(Level.EPOCH, "enough");
              }
            }
          });
    }
    Files.createDirectories(folder.resolve(".writing-step-00000009"));
    Files.writeString(folder.resolve(".writing-step-00000009/state.json"), "{");
    Path old = folder.resolve("step-00000002");
    Files.createDirectory(old);
    try (Stream<Path> files = Files.list(folder.resolve("step-00000003-epoch-1"))) {
      for (Path each : files.toList()) {
        Files.copy(each, old.resolve(each.getFileName()));
      }
    }
    try (Learner learner =
        TinyTask.learner().callbacks(new SaveModel(options("1 epoch", 9, 0, ""))).build()) {
      learner.load(Checkpoint.newest(folder).newest().orElseThrow().folder());
      learner.fit(
          3,
          new Callback() {
            @Override
            public void beforeFit(Fit fit) {
              assertThat(fit.isResumed()).isTrue();
            }
          });
    }
    assertThat(names()).containsExactly("step-00000003-epoch-1", "step-00000006-epoch-2");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> options("0 steps", 1, 0, "")).hasMessageContaining("every is 0 steps");
    assertThatThrownBy(() -> options("1 epoch", 0, 0, "")).hasMessageContaining("keep is 0");
    try (Learner learner = TinyTask.learner().build()) {
      var callback = new SaveModel(options("1 epoch", 1, 1, "speed"));
      assertThatThrownBy(() -> callback.check(learner))
          .hasMessageContaining("there is no number 'speed' to monitor; there are ");
    }
  }
}
