package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Outcome;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StepCallbacksTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);

  private static double moved(double gradient, Callback callback) {
    try (Learner learner = Line.learner(new double[][] {{gradient}}, callback).build()) {
      learner.fit(1);
      return 1 - Line.weight(learner);
    }
  }

  @Test
  void gradientsAreClippedBeforeTheStep() {
    assertThat(moved(-7, GradientClip.norm(2))).isCloseTo(-0.2, CLOSE);
    assertThat(moved(7, GradientClip.value(0.5))).isCloseTo(0.05, CLOSE);
    assertThat(moved(0.3, GradientClip.value(0.5))).isCloseTo(0.03, CLOSE);
  }

  @Test
  void adaptiveClippingLimitsTheRatioToTheWeight() {
    assertThat(moved(7, GradientClip.adaptive(0.25))).isCloseTo(0.025, CLOSE);
    assertThat(moved(0.125, GradientClip.adaptive(0.25))).isCloseTo(0.0125, CLOSE);
  }

  @Test
  void aBoundIsGreaterThanZero() {
    assertThatThrownBy(
            () -> new GradientClip.Options(GradientClip.By.NORM, OptionalDouble.of(0), 2))
        .hasMessage("bound is 0; it must be finite and greater than 0");
  }

  @Test
  void centralizedRowsHaveNoMean() {
    assertThat(moved(5, new GradientCentralization())).isEqualTo(0);
  }

  @Test
  void aShortEpochIsWholeForSchedulesAndScores() {
    var fractions = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining()) {
              fractions.add(batch.fit().pctTrain());
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new ShortEpoch(0.6), watch).build()) {
      FitResult result = learner.fit(2);
      assertThat(fractions).containsExactly(0.0, 0.25, 0.5, 0.75);
      assertThat(result.outcome()).isInstanceOf(Outcome.Finished.class);
      assertThat(result.train().orElseThrow().samples()).isEqualTo(16);
      assertThat(result.valid().orElseThrow().samples()).isEqualTo(16);
      assertThat(learner.trainData().batches()).isEqualTo(3);

      fractions.clear();
      learner.fit(Length.epochs(1.5)); // five batches, were they whole; now two epochs of two
      assertThat(fractions).containsExactly(0.0, 0.25, 0.5, 0.75);
    }
  }

  @Test
  void aShortEpochHasAtLeastOneBatchAndMayLeaveValidationWhole() {
    try (Learner learner =
        TinyTask.learner().callbacks(new ShortEpoch(new ShortEpoch.Options(0.01, false))).build()) {
      FitResult result = learner.fit(1);
      assertThat(result.train().orElseThrow().samples()).isEqualTo(8);
      assertThat(result.valid().orElseThrow().samples()).isEqualTo(16);
    }
  }

  @Test
  void aFitEndsWithTheEpochInWhichItsTimeIsOver() {
    assertThat(epochs(TimeLimit.After.EPOCH)).isEqualTo(2);
  }

  @Test
  void orWithTheBatch() {
    var clock = new AtomicLong();
    var limit =
        new TimeLimit(
            new TimeLimit.Options(Duration.ofSeconds(2), TimeLimit.After.BATCH),
            () -> clock.getAndAdd(1_000_000_000));
    try (Learner learner = TinyTask.learner().callbacks(limit).build()) {
      FitResult result = learner.fit(9);
      assertThat(result.outcome())
          .hasToString("Stopped[who=time-limit, why=the time limit of 2s is over]");
      assertThat(result.valid()).isEmpty();
      assertThat(learner.stepsDone()).isEqualTo(2);
    }
  }

  private static int epochs(TimeLimit.After after) {
    var clock = new AtomicLong();
    var limit =
        new TimeLimit(
            new TimeLimit.Options(Duration.ofSeconds(2), after),
            () -> clock.getAndAdd(1_000_000_000));
    try (Learner learner = TinyTask.learner().callbacks(limit).build()) {
      return learner.fit(9).epochs();
    }
  }

  @Test
  void theTimeBeforeItWasRestoredCounts() {
    var clock = new AtomicLong();
    var limit =
        new TimeLimit(
            new TimeLimit.Options(Duration.ofSeconds(5), TimeLimit.After.EPOCH),
            () -> clock.getAndAdd(1_000_000_000));
    limit.restore(new TimeLimit.State(4_000_000_000L));
    try (Learner learner = TinyTask.learner().callbacks(limit).build()) {
      assertThat(learner.fit(9).epochs()).isEqualTo(1);
      assertThat(learner.fit(3).epochs()).isEqualTo(3);
    }
  }

  @Test
  void allKeepTheContract() {
    CallbackContract.of(() -> new ShortEpoch(0.5)).verify();
    CallbackContract.of(() -> GradientClip.norm(0.1)).verify();
    CallbackContract.of(() -> GradientClip.adaptive(0.01)).verify();
    CallbackContract.of(GradientCentralization::new).verify();
    CallbackContract.of(() -> new TimeLimit(new TimeLimit.Options())).verify();
  }
}
