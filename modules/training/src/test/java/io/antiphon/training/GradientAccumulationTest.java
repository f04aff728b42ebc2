package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBackwardException;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Order;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Turn;
import io.antiphon.testkit.CallbackContract;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GradientAccumulationTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);
  private static final double[][] SEVEN = {{1}, {2}, {3}, {4}, {5}, {6}, {7}};

  private static double moved(Callback... callbacks) {
    try (Learner learner = Line.learner(SEVEN, callbacks).build()) {
      learner.fit(1);
      return 1 - Line.weight(learner);
    }
  }

  private static final class Steps implements Callback {
    private final List<Integer> batches = new ArrayList<>();

    @Override
    public void afterStep(Batch batch) {
      batches.add(batch.index());
    }
  }

  @Test
  void theStepsGradientIsTheMeanOfItsBatchesAndTheLastStepTakesWhatIsLeft() {
    var steps = new Steps();
    assertThat(moved(new GradientAccumulation(4), steps)).isCloseTo(0.1 * (2.5 + 6), CLOSE);
    assertThat(steps.batches).containsExactly(3, 6);
  }

  @Test
  void batchesWeighAsManySamplesAsTheyHave() {
    double[][] unequal = {{1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1}, {10, 10}};
    try (Learner learner = Line.learner(unequal, new GradientAccumulation(3)).build()) {
      learner.fit(1);
      assertThat(1 - Line.weight(learner)).isCloseTo(0.1 * 2, CLOSE);
    }
  }

  @Test
  void oneBatchPerStepChangesNothing() {
    assertThat(moved(new GradientAccumulation(1))).isEqualTo(moved());
  }

  @Test
  void aFitOfSomeStepsEndsWithAStep() {
    try (Learner learner = Line.learner(SEVEN, new GradientAccumulation(4)).build()) {
      learner.fit(Length.steps(6));
      assertThat(1 - Line.weight(learner)).isCloseTo(0.1 * (2.5 + 5.5), CLOSE);
    }
  }

  @Test
  void clippingSeesTheMeanOnce() {
    var norms = new ArrayList<Double>();
    GradientClip clip = GradientClip.norm(1);
    var watch =
        new Callback() {
          @Override
          public void afterStep(Batch batch) {
            norms.add((double) clip.norm().getFloat());
          }
        };
    double[][] two = {{3}, {4}};
    try (Learner learner = Line.learner(two, clip, new GradientAccumulation(2), watch).build()) {
      learner.fit(1);
      assertThat(norms).containsExactly(3.5);
      assertThat(1 - Line.weight(learner)).isCloseTo(0.1, CLOSE);
    }
  }

  @Test
  void theStepBelowItIsAskedForAllThatItDoes() {
    var asked = new ArrayList<String>();
    var below =
        new Callback() {
          @Override
          public Order order() {
            return Order.at(-500);
          }

          @Override
          public void beforeFit(Fit fit) {
            fit.wrapStep(inner -> new Asked(inner, asked));
          }
        };
    try (Learner learner = Line.learner(SEVEN, below, new GradientAccumulation(2)).build()) {
      learner.fit(1);
    }
    assertThat(asked).contains("forward", "takes", "hasLoss");
  }

  private record Asked(TrainingStep inner, List<String> asked) implements TrainingStep.Wrapper {
    @Override
    public NDList forward(Batch batch, Block block, NDList inputs, boolean training) {
      asked.add("forward");
      return inner.forward(batch, block, inputs, training);
    }

    @Override
    public boolean takes(Batch batch, Turn turn) {
      asked.add("takes");
      return inner.takes(batch, turn);
    }

    @Override
    public boolean hasLoss(Batch batch) {
      asked.add("hasLoss");
      return inner.hasLoss(batch);
    }
  }

  @Test
  void aStepOfSeveralTurnsIsRefused() {
    var turns =
        new TrainingStep() {
          @Override
          public List<Turn> turns() {
            return List.of(Turn.of("a"), Turn.of("b"));
          }
        };
    try (Learner learner = Line.learner(SEVEN).step(turns).build()) {
      assertThatThrownBy(() -> new GradientAccumulation(2).check(learner))
          .hasMessageContaining("leave it out where a training step has several turns");
    }
  }

  @Test
  void aBatchWhoseBackwardPassIsCancelledDoesNotCount() {
    var cancel =
        new Callback() {
          @Override
          public void beforeBackward(Batch batch) {
            if (batch.index() == 1) {
              throw new CancelBackwardException("the second");
            }
          }
        };
    var steps = new Steps();
    assertThat(moved(new GradientAccumulation(3), cancel, steps))
        .isCloseTo(0.1 * ((1 + 3 + 4) / 3.0 + 6), CLOSE);
    assertThat(steps.batches).containsExactly(3, 6);
  }

  @Test
  void aStepThatAnotherOneCancelsIsMadeWithTheNextBatch() {
    var cancel =
        new Callback() {
          @Override
          public Order order() {
            return Order.CLIP;
          }

          @Override
          public void beforeStep(Batch batch) {
            if (batch.index() == 1) {
              throw new CancelBatchException("later");
            }
          }
        };
    double[][] three = {{1}, {2}, {6}};
    try (Learner learner = Line.learner(three, new GradientAccumulation(2), cancel).build()) {
      learner.fit(1);
      assertThat(1 - Line.weight(learner)).isCloseTo(0.1 * 3, CLOSE);
    }
  }

  @Test
  void whatNeverCameToAStepIsDropped() {
    var cancel =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining() && batch.pass().epoch().index() == 0 && batch.index() == 2) {
              throw new CancelTrainException("enough");
            }
          }
        };
    try (Learner learner = Line.learner(SEVEN, new GradientAccumulation(4), cancel).build()) {
      learner.fit(2);
      assertThat(1 - Line.weight(learner)).isCloseTo(0.1 * (2.5 + 6), CLOSE);
    }
  }

  @Test
  void itGoesOnFromTheMiddleOfAStep() {
    var first = new GradientAccumulation(4);
    var handOver =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining() && batch.index() == 1) {
              try (NDManager saved = NDManager.newBaseManager()) {
                GradientAccumulation.State state = first.state(saved);
                assertThat(state.count()).isEqualTo(2);
                batch.gradients().zero();
                first.restore(state);
                assertThat(first.state(saved).gradients().head().getFloat(0)).isEqualTo(3f);
              }
            }
          }
        };
    assertThat(moved(first, handOver)).isCloseTo(0.1 * (2.5 + 6), CLOSE);
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new GradientAccumulation(2)).verify();
  }

  @Test
  void validationDoesNotCount() {
    var epochs = new ArrayList<Integer>();
    var watch =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            epochs.add(epoch.index());
          }
        };
    try (Learner learner = Line.learner(SEVEN, new GradientAccumulation(4), watch).build()) {
      learner.fit(3);
      assertThat(1 - Line.weight(learner)).isCloseTo(3 * 0.85, Offset.offset(1e-5));
      assertThat(epochs).hasSize(3);
    }
  }
}
