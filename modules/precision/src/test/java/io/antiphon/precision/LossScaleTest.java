package io.antiphon.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.initializer.ConstantInitializer;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelStepException;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.StepResult;
import io.antiphon.core.TrainingStep;
import io.antiphon.data.TensorLoader;
import io.antiphon.precision.MixedPrecision.Options;
import io.antiphon.precision.MixedPrecision.State;
import io.antiphon.precision.MixedPrecision.Type;
import io.antiphon.testkit.TinyTask;
import io.antiphon.torch.Autograd;
import io.antiphon.training.GradientAccumulation;
import io.antiphon.training.GradientClip;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossScaleTest {
  /// Makes the gradients of some batches infinite.
  private record Overflow(Set<Long> steps) implements Callback {
    @Override
    public void beforeBackward(Batch batch) {
      if (steps.contains(batch.fit().trainIter())) {
        batch.objective(batch.loss().mul(Float.POSITIVE_INFINITY));
      }
    }
  }

  /// Notes what happens to scale, weights and steps.
  private static final class Notes implements Callback {
    final MixedPrecision precision;
    final List<Double> scales = new ArrayList<>();
    final List<StepResult> results = new ArrayList<>();
    final List<Boolean> changed = new ArrayList<>();
    private float before;

    Notes(MixedPrecision precision) {
      this.precision = precision;
    }

    @Override
    public Order order() {
      return Order.RECORD;
    }

    @Override
    public void beforeStep(Batch batch) {
      before = weight(batch);
    }

    @Override
    public void afterStep(Batch batch) {
      scales.add(precision.lossScale());
      results.add(batch.stepResult());
      changed.add(weight(batch) != before);
    }

    List<Boolean> applied() {
      return results.stream().map(StepResult.Applied.class::isInstance).toList();
    }

    private static float weight(Batch batch) {
      NDArray last = batch.fit().model().getParameters().valueAt(0).getArray();
      return last.getFloat(0, 0, 0, 0);
    }
  }

  @Test
  void itBacksOffAtAnOverflowAndGrowsAfterGoodSteps() {
    var precision = new MixedPrecision(new Options(Type.FP16, 1024, 2, 0.5, 3, true, true));
    var notes = new Notes(precision);
    try (var digits = new Digits(320, 32);
        Learner learner = digits.cnn(precision, notes, new Overflow(Set.of(1L, 2L, 8L))).build()) {
      learner.fit(1); // 10 steps
      learner
          .model()
          .getParameters()
          .forEach(
              parameter -> assertThat(parameter.getValue().getArray().sum().getFloat()).isFinite());
    }
    assertThat(notes.scales)
        .containsExactly(
            1024.0, // good
            512.0, // overflow
            256.0, // overflow
            256.0, 256.0, 512.0, // three good ones
            512.0, 512.0, 256.0, // overflow, which forgets two good ones
            256.0);
    assertThat(notes.changed)
        .containsExactly(true, false, false, true, true, true, true, true, false, true);
    assertThat(notes.applied()).isEqualTo(notes.changed);
    assertThat(notes.results.get(1))
        .isEqualTo(
            new StepResult.Skipped("gradients overflowed at loss scale 1024.0; it is 512.0 now"));
    assertThat(precision.state(NDManager.newBaseManager()))
        .isEqualTo(new State(256, 1, Map.of(), Optional.of("float16")));
  }

  @Test
  void aScaleThatIsTooGreatFindsItsPlace() {
    var precision = new MixedPrecision(new Options(Type.FP16, 0x1p40, 2, 0.5, 2000, true, true));
    var notes = new Notes(precision);
    try (var digits = new Digits(960, 32);
        Learner learner = digits.cnn(precision, notes).build()) {
      learner.fit(1); // 30 steps
      assertThat(precision.lossScale()).isBetween(0x1p10, 0x1p30);
      assertThat(notes.applied().getFirst()).isFalse();
      assertThat(notes.applied().getLast()).isTrue();
    }
  }

  @Test
  void anOverflowThatACancelledStepHidesCountsToo() {
    var precision = new MixedPrecision(new Options(Type.FP16, 1024, 2, 0.5, 3, true, true));
    var canceller =
        new Callback() {
          @Override
          public void beforeStep(Batch batch) {
            throw new CancelStepException("test");
          }
        };
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(precision, canceller, new Overflow(Set.of(0L))).build()) {
      learner.fit(1); // 2 steps
    }
    assertThat(precision.lossScale()).isEqualTo(512);
  }

  /// The gradients as callbacks of the earliest order see them in BEFORE_STEP.
  private static final class Spy implements Callback {
    final List<float[]> gradients = new ArrayList<>();
    final int accumulated;
    final boolean afterBackward;

    Spy(int accumulated, boolean afterBackward) {
      this.accumulated = accumulated;
      this.afterBackward = afterBackward;
    }

    @Override
    public Order order() {
      return Order.TRANSFORM;
    }

    @Override
    public void afterBackward(Batch batch) {
      if (afterBackward && leaves(batch)) {
        throw new CancelBatchException("accumulating");
      }
    }

    @Override
    public void beforeStep(Batch batch) {
      gradients.add(batch.gradients().arrays(batch.manager()).getFirst().toFloatArray());
      if (leaves(batch)) {
        throw new CancelBatchException("accumulating");
      }
    }

    private boolean leaves(Batch batch) {
      return (batch.fit().trainIter() + 1) % accumulated != 0;
    }
  }

  private static List<float[]> gradients(
      Digits digits, TrainingStep step, int accumulated, boolean early, Callback... callbacks) {
    var spy = new Spy(accumulated, early);
    try (Learner learner = digits.descent(callbacks).step(step).build()) {
      learner.fit(1, spy);
    }
    return spy.gradients;
  }

  private static final TrainingStep MOMENTUM =
      new TrainingStep() {
        @Override
        public void zeroGrad(Batch batch) {
          batch.gradients().scale(0.85);
        }
      };

  @Test
  void gradientsAreUnscaledBeforeAnybodySeesThem() {
    compare(TrainingStep.STANDARD, 1, false);
  }

  @Test
  void gradientsAccumulateOverBatchesThatAreCancelledInBeforeStep() {
    compare(TrainingStep.STANDARD, 4, false);
  }

  @Test
  void gradientsAccumulateOverBatchesThatAreCancelledAfterBackward() {
    compare(TrainingStep.STANDARD, 4, true);
  }

  @Test
  void aStepThatKeepsAPartOfTheGradientsKeepsIt() {
    compare(MOMENTUM, 1, false);
    compare(MOMENTUM, 2, true);
  }

  /// Steps that differentiate what they please, in one backward pass or in two.
  private static Stream<TrainingStep> ownObjectives() {
    return Stream.of(
        new TrainingStep() {
          @Override
          public void backward(Batch batch, NDArray objective) {
            batch.backward(objective.add(penalty(batch)));
          }
        },
        new TrainingStep() {
          @Override
          public void backward(Batch batch, NDArray objective) {
            batch.backward(batch.loss().mul(2)); // whoever scales does not write it into the batch
          }
        },
        new TrainingStep() {
          @Override
          public void backward(Batch batch, NDArray objective) {
            batch.backward(penalty(batch), true);
            batch.backward(objective);
          }
        },
        new TrainingStep() {
          @Override
          public void backward(Batch batch, NDArray objective) {
            Autograd.backward(batch.loss(), false); // past the scale
          }
        },
        new TrainingStep() {
          @Override
          public void backward(Batch batch, NDArray objective) {
            Autograd.backward(objective, false);
          }

          @Override
          public void zeroGrad(Batch batch) {
            batch.gradients().scale(0.5);
          }
        });
  }

  private static NDArray penalty(Batch batch) {
    return batch.predictions().head().square().mean();
  }

  @ParameterizedTest
  @MethodSource("ownObjectives")
  void aStepWithAnObjectiveOfItsOwnHasTheGradientsOfFloat32(TrainingStep step) {
    for (int accumulated : new int[] {1, 2}) {
      try (var digits = new Digits(192, 32)) {
        var spy = new Spy(accumulated, false);
        var narrow = new Spy(accumulated, true);
        var precision = new MixedPrecision(new Options(Type.FP16, 256, 2, 0.5, 1, true, true));
        try (Learner learner = digits.mlp(spy).step(step).build()) {
          learner.fit(1);
        }
        try (Learner learner = digits.mlp(precision, narrow).step(step).build()) {
          learner.fit(1);
        }
        assertThat(precision.lossScale()).isEqualTo(256 * Math.pow(2, 6 / accumulated));
        assertThat(narrow.gradients).hasSize(6 / accumulated);
        int each = spy.gradients.size() / narrow.gradients.size();
        for (int i = 0; i < narrow.gradients.size(); i++) {
          float[] expected = spy.gradients.get((i + 1) * each - 1);
          assertThat(difference(narrow.gradients.get(i), expected))
              .as("step " + i)
              .isLessThan(0.02);
        }
      }
    }
  }

  private static void compare(TrainingStep step, int accumulated, boolean early) {
    try (var digits = new Digits(256, 32)) {
      List<float[]> wide = gradients(digits, step, accumulated, early);
      // grows at every step, so that gradients of different scales meet
      var precision = new MixedPrecision(new Options(Type.FP16, 256, 2, 0.5, 1, true, true));
      List<float[]> narrow = gradients(digits, step, accumulated, early, precision);
      assertThat(precision.lossScale()).isEqualTo(256 * Math.pow(2, 8 / accumulated));
      assertThat(narrow).hasSameSizeAs(wide);
      for (int i = 0; i < wide.size(); i++) {
        // float16 through three normalised layers; a wrong scale would be off by a factor of 2
        assertThat(difference(narrow.get(i), wide.get(i))).as("step " + i).isLessThan(0.15);
      }
    }
  }

  private static double difference(float[] a, float[] b) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < a.length; i++) {
      difference += Math.pow(a[i] - b[i], 2);
      norm += Math.pow(b[i], 2);
    }
    return Math.sqrt(difference / norm);
  }

  /// The loss w·x of one weight, whose gradient is x.
  @ParameterizedTest
  @ValueSource(doubles = {1, 1024, 8192})
  void clippingSeesTheMeanOfAccumulatedBatchesOnceAtAnyScale(double scale) {
    var model = Linear.builder().setUnits(1).optBias(false).build();
    model.setInitializer(new ConstantInitializer(1f), Parameter.Type.WEIGHT);
    GradientClip clip = GradientClip.norm(1);
    var norms = new ArrayList<Float>();
    var watch =
        new Callback() {
          @Override
          public void afterStep(Batch batch) {
            norms.add(clip.norm().getFloat());
          }
        };
    try (NDManager manager = NDManager.newBaseManager()) {
      TensorLoader two =
          TensorLoader.of(
                  manager.create(new float[] {3, 4}, new Shape(2, 1)), manager.zeros(new Shape(2)))
              .batchSize(1);
      try (Learner learner =
          TinyTask.learner()
              .model(model)
              .loss((predictions, _) -> predictions.head().mean())
              .train(two)
              .valid(two)
              .callbacks(
                  new MixedPrecision(new Options(Type.FP16, scale, 2, 0.5, 2000, false, false)),
                  clip,
                  new GradientAccumulation(2),
                  watch)
              .build()) {
        learner.fit(1);
        assertThat(norms).containsExactly(3.5f);
        assertThat(learner.model().getParameters().valueAt(0).getArray().getFloat(0))
            .isCloseTo(0.9f, within(1e-6f));
      }
    }
  }

  @Test
  void anInfinityInAnAccumulatedBatchSkipsTheStep() {
    var precision = new MixedPrecision(new Options(Type.FP16, 256, 2, 0.5, 100, true, true));
    var notes = new Notes(precision);
    try (var digits = new Digits(128, 32);
        Learner learner =
            digits.descent(precision, new Overflow(Set.of(0L)), notes, new Spy(2, false)).build()) {
      learner.fit(1);
    }
    assertThat(notes.applied()).containsExactly(false, true);
    assertThat(precision.lossScale()).isEqualTo(128);
  }

  @Test
  void stateIsSavedAndRestored() {
    var precision = new MixedPrecision(Type.FP16);
    assertThat(precision.lossScale()).isEqualTo(65_536);
    precision.restore(new State(32, 1999, Map.of(), Optional.empty()));
    assertThat(precision.lossScale()).isEqualTo(32);
    try (var digits = new Digits(32, 32);
        Learner learner = digits.cnn(precision).build()) {
      learner.fit(1); // the 2,000th good step
    }
    assertThat(precision.lossScale()).isCloseTo(64, within(0.0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> precision.restore(new State(0, 0, Map.of(), Optional.empty())))
        .withMessage("the loss scale to restore is 0.0; it must be above 0");
  }
}
