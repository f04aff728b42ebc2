package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Turn;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LookaheadTest {
  private static final double[][] FIVE = {{1}, {2}, {3}, {4}, {5}};

  private static double weight(int k, double alpha) {
    try (Learner learner = Line.learner(FIVE, new Lookahead(k, alpha)).build()) {
      learner.fit(1);
      return Line.weight(learner);
    }
  }

  @Test
  void everyKStepsTheWeightsGoBackAPartOfTheWay() {
    // from 1 by 0.1 and 0.2 to 0.7, back to 0.85; by 0.3 and 0.4 to 0.15, back to 0.5; by 0.5 to 0
    assertThat(weight(2, 0.5)).isCloseTo(0.0, Offset.offset(1e-6));
    // from 1 by 0.6 to 0.4, back to 1 - 0.25 * 0.6; by 0.9 on
    assertThat(weight(3, 0.25)).isCloseTo(0.85 - 0.9, Offset.offset(1e-6));
  }

  @Test
  void theWholeWayIsNoLookahead() {
    assertThat(weight(2, 1)).isCloseTo(1 - 1.5, Offset.offset(1e-6));
  }

  @Test
  void whatIsFrozenWhenKStepsAreOverStays() {
    var found = new ArrayList<float[]>();
    var freeze =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining() && batch.index() == 1) {
              Parameter first = batch.fit().model().getParameters().valueAt(0);
              first.freeze(true);
              found.add(first.getArray().toFloatArray());
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new Lookahead(2, 0.5), freeze).build()) {
      learner.fit(1);
      assertThat(learner.model().getParameters().valueAt(0).getArray().toFloatArray())
          .containsExactly(found.getFirst());
    }
  }

  @Test
  void stepsOfSeveralTurnsAreRefused() {
    var step =
        new TrainingStep() {
          @Override
          public List<Turn> turns() {
            return List.of(new Turn("one", _ -> true), new Turn("two", _ -> true));
          }
        };
    try (Learner learner = TinyTask.learner().step(step).callbacks(new Lookahead(2, 0.5)).build()) {
      assertThatThrownBy(learner::check)
          .hasMessageStartingWith("lookahead counts the steps of one optimizer");
    }
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new Lookahead(2, 0.5)).verify();
  }
}
