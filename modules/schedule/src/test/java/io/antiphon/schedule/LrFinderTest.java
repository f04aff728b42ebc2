package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Purpose;
import io.antiphon.core.Scores;
import io.antiphon.core.Stateful;
import io.antiphon.metrics.Recorder;
import io.antiphon.optim.AdamW;
import io.antiphon.testkit.TinyTask;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LrFinderTest {
  private final Recorder recorder = new Recorder();
  private final Joiner joiner = new Joiner();

  /// Takes part in probes and remembers.
  private static final class Joiner implements Callback, Stateful<Joiner.State> {
    record State(long batches) {}

    private long batches;

    @Override
    public Set<Purpose> purposes() {
      return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
    }

    @Override
    public void afterBatch(Batch batch) {
      batches++;
    }

    @Override
    public State state(NDManager manager) {
      return new State(batches);
    }

    @Override
    public void restore(State state) {
      batches = state.batches();
    }

    @Override
    public Class<State> stateType() {
      return State.class;
    }
  }

  private static Block model() {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock(36))
        .add(Linear.builder().setUnits(8).build())
        .add(BatchNorm.builder().build())
        .add(Dropout.builder().optRate(0.3f).build())
        .add(Linear.builder().setUnits(2).build());
  }

  private Learner learner() {
    return TinyTask.learner()
        .model(model())
        .optimizer(AdamW.of(0.003))
        .callbacks(recorder, joiner)
        .build();
  }

  private static List<float[]> weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  private static List<Object> everything(Learner learner) {
    try (NDManager manager = NDManager.newBaseManager()) {
      var all = new ArrayList<Object>(weights(learner));
      var state =
          ((io.antiphon.optim.OptimizerState) ((Stateful<?>) learner.optimizer()).state(manager));
      for (var group : state.groups()) {
        all.add(group.settings());
        group
            .memories()
            .forEach(memory -> memory.arrays().forEach(array -> all.add(array.toFloatArray())));
      }
      all.add(learner.epochsDone());
      all.add(learner.stepsDone());
      all.add(learner.gradients().norm(manager, 2).getFloat());
      all.add(learner.manager().getManagedArrays().size());
      return all;
    }
  }

  @Test
  void aProbeLeavesNoTrace(@TempDir Path folder) throws Exception {
    List<float[]> straight;
    double[] straightLosses;
    Scores straightScores;
    try (Learner learner = learner()) {
      learner.fit(1);
      FitResult result = OneCycle.of(2, 0.01).fit(learner);
      straight = weights(learner);
      straightLosses = recorder.losses();
      straightScores = result.valid().orElseThrow();
    }
    Path before = Path.of("").toAbsolutePath();
    long files = count(before);
    try (Learner learner = learner()) {
      LrFinder.STANDARD.find(learner); // also before anything was trained
      learner.fit(1);
      double[] losses = recorder.losses();
      List<Object> was = everything(learner);
      long batches = joiner.batches;
      LrCurve first = LrFinder.STANDARD.find(learner);
      assertThat(everything(learner)).usingRecursiveComparison().isEqualTo(was);
      assertThat(joiner.batches).isEqualTo(batches);
      LrCurve second = LrFinder.STANDARD.find(learner);
      assertThat(second).isEqualTo(first);
      assertThat(everything(learner)).usingRecursiveComparison().isEqualTo(was);
      assertThat(recorder.losses()).isEqualTo(losses);

      FitResult result = OneCycle.of(2, 0.01).fit(learner);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight);
      assertThat(recorder.losses()).isEqualTo(straightLosses);
      assertThat(result.valid().orElseThrow()).isEqualTo(straightScores);
    }
    assertThat(count(before)).isEqualTo(files);
  }

  private static long count(Path folder) throws java.io.IOException {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void theRatesAreFastais() {
    try (Learner learner = learner()) {
      LrFinder finder =
          new LrFinder(Rates.of(1e-5), Rates.of(1e-2), 20, LrFinder.Sweep.EXPONENTIAL, 4);
      LrCurve curve = finder.find(learner);
      assertThat(curve.lrs()).hasSize(20);
      for (int k = 0; k < 20; k++) {
        assertThat(curve.lrs().get(k)).isCloseTo(1e-5 * Math.pow(1e3, k / 20.0), within(1e-12));
      }
      assertThat(curve.diverged()).isFalse();
      LrCurve linear = finder.range(1e-3, 3e-3).sweep(LrFinder.Sweep.LINEAR).find(learner);
      assertThat(linear.lrs().get(10)).isCloseTo(2e-3, within(1e-12));
    }
  }

  @Test
  void partsMayHaveRatesOfTheirOwn() {
    try (Learner learner =
        TinyTask.learner().splitter(Parts.head(1)).optimizer(AdamW.of(0.1)).build()) {
      var seen = new ArrayList<Double>();
      learner.add(
          new Callback() {
            @Override
            public Set<Purpose> purposes() {
              return EnumSet.of(Purpose.LR_FIND);
            }

            @Override
            public void afterPred(Batch batch) {
              batch
                  .fit()
                  .optimizer()
                  .groups()
                  .forEach(group -> seen.add(group.get(io.antiphon.core.Hyper.LEARNING_RATE)));
            }
          });
      var finder =
          new LrFinder(
              Rates.each(1e-6, 1e-5), Rates.each(1e-2, 1e-1), 6, LrFinder.Sweep.EXPONENTIAL, 4);
      LrCurve curve = finder.find(learner);
      assertThat(curve.lrs().getFirst()).isEqualTo(1e-5);
      assertThat(seen.subList(0, 4)).containsExactly(1e-6, 1e-6, 1e-5, 1e-5);
    }
  }

  @Test
  void aProbeStopsWhenTheLossDiverges() {
    try (Learner learner = TinyTask.learner().build()) { // plain gradient descent
      LrCurve curve = LrFinder.STANDARD.range(1e-4, 1e6).find(learner);
      assertThat(curve.diverged()).isTrue();
      assertThat(curve.losses().size()).isLessThan(100);
      double best = curve.losses().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
      double last = curve.losses().getLast();
      assertThat(!Double.isFinite(last) || last > 4 * best).isTrue();
      assertThat(curve.losses().subList(0, curve.losses().size() - 1))
          .allMatch(loss -> loss <= 4 * best + 1e-9 || loss <= 4 * curve.losses().getFirst());
    }
  }

  @Test
  void aBatchOfWhichNothingCountsIsPassedOver() {
    try (Learner learner = TinyTask.learner().build()) {
      learner.add(
          new Callback() {
            @Override
            public Set<Purpose> purposes() {
              return EnumSet.of(Purpose.LR_FIND);
            }

            @Override
            public void afterLoss(Batch batch) {
              if (batch.fit().trainIter() == 12) {
                batch.counted(batch.manager().create(0f));
              }
            }
          });
      LrCurve curve = LrFinder.STANDARD.range(1e-7, 1e-3).find(learner);
      assertThat(curve.diverged()).isFalse();
      assertThat(curve.losses()).hasSize(99).allMatch(Double::isFinite);
    }
  }

  @Test
  void aProbeStopsAtALossThatIsNoNumber() {
    try (Learner learner = TinyTask.learner().build()) {
      learner.add(
          new Callback() {
            @Override
            public Set<Purpose> purposes() {
              return EnumSet.of(Purpose.LR_FIND);
            }

            @Override
            public void afterLoss(Batch batch) {
              if (batch.fit().trainIter() == 12) {
                batch.loss(batch.loss().mul(Float.NaN));
              }
            }
          });
      LrCurve curve = LrFinder.STANDARD.find(learner);
      assertThat(curve.losses()).hasSize(13);
      assertThat(curve.losses().getLast()).isNaN();
      assertThat(curve.diverged()).isTrue();
      assertThat(curve.suggest(Suggestion.VALLEY)).isEmpty();
      assertThat(weights(learner)).noneMatch(array -> Float.isNaN(array[0]));
    }
  }

  @Test
  void aProbeThatFailsLeavesNoTraceEither() {
    try (Learner learner = learner()) {
      learner.fit(1);
      List<Object> was = everything(learner);
      var failing =
          new Callback() {
            @Override
            public Set<Purpose> purposes() {
              return EnumSet.of(Purpose.LR_FIND);
            }

            @Override
            public void afterStep(Batch batch) {
              if (batch.fit().trainIter() == 7) {
                throw new IllegalStateException("broken");
              }
            }
          };
      learner.add(failing);
      assertThatThrownBy(() -> LrFinder.STANDARD.find(learner))
          .isInstanceOf(CallbackException.class)
          .hasMessageContaining("broken");
      learner.remove(failing);
      assertThat(everything(learner)).usingRecursiveComparison().isEqualTo(was);
    }
  }

  @Test
  void theProbeOfAProblemThatCanBeLearnedFindsAUsefulRate() {
    try (Learner learner = learner()) {
      LrCurve curve = LrFinder.STANDARD.find(learner);
      double lr = curve.suggest(Suggestion.VALLEY).orElseThrow();
      assertThat(lr).isBetween(1e-4, 1.0);
      double before = learner.validate().loss();
      assertThat(OneCycle.of(5, lr).fit(learner).valid().orElseThrow().loss()).isLessThan(before);
    }
  }

  @Test
  void whatCannotBeProbedIsRefused() {
    assertThatThrownBy(() -> LrFinder.STANDARD.iterations(5))
        .hasMessage("iterations is 5; it must be at least 6");
    assertThatThrownBy(() -> LrFinder.STANDARD.range(1, 0.1)).hasMessageContaining("must grow");
    assertThatThrownBy(() -> LrFinder.STANDARD.range(0, 0.1))
        .hasMessageContaining("greater than 0");
    assertThat(LrFinder.STANDARD).hasToString("exponential from 1.0E-7 to 10 in 100 batches");
  }
}
