package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelValidateException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Pass;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class EmaTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);
  // each moves the weight by one: 1, 2, 3
  private static final double[][] TWO = {{-10}, {-10}};

  @Test
  void theAverageFollowsTheWeights() {
    try (Learner learner = Line.learner(new double[][] {{-10}}, new Ema(0.9)).build()) {
      learner.fit(1);
      assertThat(Line.weight(learner)).isCloseTo(1.1, CLOSE);
    }
    try (Learner learner = Line.learner(TWO, new Ema(0.9)).build()) {
      learner.fit(1);
      assertThat(Line.weight(learner)).isCloseTo(1.29, CLOSE);
    }
  }

  @Test
  void validationScoresTheAverageAndTrainingGoesOnWithTheWeights() {
    var seen = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public Order order() {
            return Order.SAVE;
          }

          @Override
          public void beforeValidate(Pass pass) {
            seen.add(Line.weight(pass.fit().learner()));
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            seen.add(Line.weight(epoch.fit().learner()));
          }

          @Override
          public void beforeTrain(Pass pass) {
            seen.add(Line.weight(pass.fit().learner()));
          }
        };
    try (Learner learner = Line.learner(TWO, new Ema(new Ema.Options(0.9, false)), watch).build()) {
      learner.fit(2);
      assertThat(seen.subList(0, 4))
          .extracting(each -> (double) Math.round(each * 1e5) / 1e5)
          .containsExactly(1.0, 1.29, 1.29, 3.0);
      assertThat(Line.weight(learner)).isCloseTo(5, CLOSE);
    }
  }

  @Test
  void theWeightsAreBackHoweverTheValidationEnds() {
    for (RuntimeException thrown :
        List.of(new CancelValidateException("no"), new IllegalArgumentException("broken"))) {
      var ends =
          new Callback() {
            @Override
            public void afterPred(Batch batch) {
              if (!batch.isTraining()) {
                throw thrown;
              }
            }
          };
      try (Learner learner =
          Line.learner(TWO, new Ema(new Ema.Options(0.9, false)), ends).build()) {
        if (thrown instanceof CancelValidateException) {
          learner.fit(1);
        } else {
          assertThatThrownBy(() -> learner.fit(1)).hasMessageContaining("broken");
        }
        assertThat(Line.weight(learner)).isCloseTo(3, CLOSE);
      }
    }
  }

  @Test
  void theBestEpochsWeightsAreThoseThatWereScored() {
    try (Learner learner =
        Line.learner(
                TWO, new BestWeights(Monitor.of("told", 1)), new Ema(new Ema.Options(0.9, false)))
            .metrics(new Told(false, 1, 2))
            .build()) {
      learner.fit(2);
      assertThat(Line.weight(learner)).isCloseTo(1.29, CLOSE);
    }
  }

  @Test
  void runningStatisticsAreThoseOfTheLastStep() {
    List<float[]> plain = statistics(TinyTask.learner().build());
    List<float[]> averaged = statistics(TinyTask.learner().callbacks(new Ema(0.99)).build());
    assertThat(averaged).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(averaged.get(i)).containsExactly(plain.get(i));
    }
  }

  private static List<float[]> statistics(Learner learner) {
    try (learner) {
      learner.fit(1);
      return learner.model().getParameters().values().stream()
          .filter(each ->
              each.getType() == Parameter.Type.RUNNING_MEAN
                  || each.getType() == Parameter.Type.RUNNING_VAR)
          .map(each -> each.getArray().toFloatArray())
          .toList();
    }
  }

  @Test
  void savedAtTheEpochsEndItGoesOnWithTheWeights() {
    var first = new Ema(0.9);
    var second = new Ema(0.9);
    NDManager saved = NDManager.newBaseManager();
    var save =
        new Callback() {
          @Override
          public Order order() {
            return Order.SAVE;
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            if (epoch.index() == 0) {
              second.restore(first.state(saved));
            }
          }
        };
    double twice;
    try (Learner learner = Line.learner(TWO, first, save).build()) {
      learner.fit(2);
      twice = Line.weight(learner);
    }
    try (Learner learner = Line.learner(TWO, second).build()) {
      learner.model().getParameters().valueAt(0).getArray().set(new float[] {1.29f});
      learner.fit(1);
      assertThat(Line.weight(learner)).isCloseTo(twice, CLOSE);
    }
    saved.close();
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new Ema(0.9)).verify();
  }
}
