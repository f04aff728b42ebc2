package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import io.antiphon.core.Purpose;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.schedule.LrFinder;
import io.antiphon.schedule.OneCycle;
import io.antiphon.testkit.CallbackContract;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// How the callbacks live with the loop and with others.
class LifeTest {
  record Maker(String name, Supplier<Callback> supplier) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Maker> all() {
    return Stream.of(
        new Maker("mixup", Mixup::new),
        new Maker(
            "mixup of targets",
            () -> new Mixup(new Mixup.Options(1, Lambda.PER_BATCH, Interpolation.TARGETS))),
        new Maker("cutmix", Cutmix::new),
        new Maker(
            "cutmix per sample",
            () -> new Cutmix(new Cutmix.Options(1, Lambda.PER_SAMPLE, Interpolation.AUTO))),
        new Maker("cutout", Cutout::new),
        new Maker("random-erasing", RandomErasing::new),
        new Maker("label-smoothing", LabelSmoothing::new),
        new Maker("one-of", OneOf::new));
  }

  /// Cancels of every level and exceptions at every event, before and after the callback.
  @ParameterizedTest
  @MethodSource("all")
  void nothingIsLeftOnAnyWayOut(Maker maker) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = MixupTest.images(manager, 8);
      var data = new Views(x, manager.create(new long[] {0, 1, 1, 0, 1, 0, 0, 1}));
      CallbackContract.of(maker.supplier)
          .on(() -> Drawn.linear().train(data).valid(data).loss(new CrossEntropy()))
          .verify();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void arraysDoNotPileUp(Maker maker) {
    var counts = new ArrayList<Integer>();
    var watch =
        new Callback() {
          @Override
          public void cleanupTrain(Pass pass) {
            counts.add(pass.fit().learner().manager().getManagedArrays().size());
          }
        };
    try (Learner learner =
        Drawn.learner().loss(new CrossEntropy()).callbacks(maker.supplier.get(), watch).build()) {
      learner.fit(5);
    }
    assertThat(counts).hasSize(5).containsOnly(counts.getFirst());
  }

  @Test
  void aProbeOfLearningRatesInTheMiddleSeesMixesAndLeavesTheLossAsItWas() {
    var seen = new ArrayList<LossFunction>();
    var probe =
        new Callback() {
          @Override
          public Set<Purpose> purposes() {
            return EnumSet.of(Purpose.LR_FIND);
          }

          @Override
          public void afterBatch(Batch batch) {
            seen.add(batch.fit().lossFunction());
            if (batch.fit().trainIter() == 1) {
              throw new CancelFitException("seen enough");
            }
          }
        };
    try (Learner learner = Drawn.learner().callbacks(new Mixup(), probe).build()) {
      LossFunction loss = learner.lossFunction();
      learner.fit(1);
      learner.run(Purpose.LR_FIND, 1);
      assertThat(seen).hasSize(2).allMatch(Mixed.class::isInstance);
      assertThat(learner.lossFunction()).isSameAs(loss);
      learner.fit(1);
      assertThat(learner.lossFunction()).isSameAs(loss);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theFinderOfLearningRatesLeavesNoTraceInWhatIsMixedAfterIt(Maker maker) {
    var weights = new ArrayList<float[]>();
    for (boolean probed : new boolean[] {false, true}) {
      try (Learner learner =
          Drawn.learner().loss(new CrossEntropy()).callbacks(maker.supplier.get()).build()) {
        LossFunction loss = learner.lossFunction();
        learner.fit(1);
        if (probed) {
          assertThat(LrFinder.STANDARD.find(learner).losses()).isNotEmpty();
        }
        assertThat(learner.lossFunction()).isSameAs(loss);
        learner.fit(1);
        weights.add(learner.model().getParameters().valueAt(0).getArray().toFloatArray());
      }
    }
    assertThat(weights.getLast()).containsExactly(weights.getFirst());
  }

  @ParameterizedTest
  @MethodSource("all")
  void theyLearnUnderOneCycle(Maker maker) {
    try (Learner learner =
        Drawn.linear().loss(new CrossEntropy()).callbacks(maker.supplier.get()).build()) {
      double before = learner.validate().loss();
      OneCycle.of(8, 0.05).fit(learner);
      assertThat(learner.validate().loss()).isLessThan(before);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void mixedPrecisionComputesTheSameMixesInBfloat16(Maker maker) {
    var wide = new ArrayList<Double>();
    var narrow = new ArrayList<Double>();
    for (var losses : List.of(wide, narrow)) {
      var watch =
          new Callback() {
            @Override
            public void afterBatch(Batch batch) {
              losses.add(batch.lossValue());
            }
          };
      try (Learner learner =
          Drawn.learner().loss(new CrossEntropy()).callbacks(maker.supplier.get(), watch).build()) {
        if (losses == narrow) {
          learner.add(new MixedPrecision(MixedPrecision.Type.BF16));
        }
        learner.fit(2);
      }
    }
    assertThat(narrow).hasSize(10).isNotEqualTo(wide);
    for (int i = 0; i < wide.size(); i++) {
      assertThat(narrow.get(i)).isCloseTo(wide.get(i), within(0.05));
    }
  }

  /// Gradients of two batches add up; the first one's step is cancelled together with its batch.
  @Test
  void batchesCancelledForAccumulationAreMixedEachForItself() {
    var probe = new Probe();
    var steps = new ArrayList<Long>();
    var accumulate =
        new Callback() {
          @Override
          public void beforeStep(Batch batch) {
            if (batch.fit().trainIter() % 2 == 0) {
              throw new CancelBatchException("gradients are being accumulated");
            }
          }

          @Override
          public void afterStep(Batch batch) {
            steps.add(batch.fit().trainIter());
          }
        };
    try (Learner learner =
        Drawn.learner().callbacks(probe.before, new Mixup(), accumulate, probe).build()) {
      learner.fit(2);
    }
    assertThat(steps).containsExactly(1L, 3L, 5L);
    assertThat(probe.batches.stream().map(Probe.Seen::shares).distinct()).hasSize(6);
  }

  @Test
  void metricsOfTrainingSeeTheDominantTargets() {
    var targets = new ArrayList<List<Long>>();
    var plain = new ArrayList<List<Long>>();
    for (var run : List.of(targets, plain)) {
      var metric = new TargetsSeen(run);
      try (Learner learner =
          Drawn.learner()
              .metrics(metric)
              .scoresTraining(true)
              .callbacks(run == targets ? new Cutmix() : new Callback() {})
              .build()) {
        learner.fit(2);
      }
    }
    // a mix lies in the place of the sample that has at least half of it
    assertThat(targets).hasSize(10).isEqualTo(plain);
  }

  private record TargetsSeen(List<List<Long>> seen) implements Metric {
    @Override
    public String name() {
      return "seen";
    }

    @Override
    public void reset(Pass pass) {}

    @Override
    public void add(Batch batch) {
      NDList targets = batch.targets();
      seen.add(java.util.stream.LongStream.of(targets.head().toLongArray()).boxed().toList());
    }

    @Override
    public double value() {
      return seen.size();
    }
  }
}
