package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelValidateException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.Pass;
import io.antiphon.core.RefusedException;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImprovementTest {
  private static Monitor told(double minDelta, int patience) {
    return new Monitor("told", Monitor.Mode.AUTO, minDelta, patience);
  }

  private static FitResult fit(Metric metric, int epochs, Callback... callbacks) {
    try (Learner learner = TinyTask.learner().metrics(metric).callbacks(callbacks).build()) {
      return learner.fit(epochs);
    }
  }

  @Test
  void aValueIsBetterIfItBeatsTheBestByMoreThanTheDelta() {
    var down = new Improvement(Monitor.of("valid_loss", 2), false);
    assertThat(List.of(down.see(1), down.see(0.9), down.see(0.9), down.see(0.95)))
        .containsExactly(true, true, false, false);
    assertThat(down.isExhausted()).isTrue();
    assertThat(down).hasToString("valid_loss was no better than 0.9 for 2 epochs");
    assertThat(down.see(0.5)).isTrue();
    assertThat(down.isExhausted()).isFalse();

    var delta = new Improvement(new Monitor("x", Monitor.Mode.MIN, 0.25, 1), false);
    assertThat(List.of(delta.see(1), delta.see(0.75), delta.see(0.74), delta.see(0.5)))
        .containsExactly(true, false, true, false);
  }

  @Test
  void whatIsNotANumberIsNeverBetter() {
    var down = new Improvement(Monitor.of("valid_loss", 2), false);
    assertThat(List.of(down.see(Double.NaN), down.see(1), down.see(Double.NaN)))
        .containsExactly(false, true, false);
    assertThat(down.best()).hasValue(1);
  }

  @Test
  void aNumberThatThereWillNotBeIsRefusedBeforeAnythingRuns() {
    var monitor = new Monitor("told_you", Monitor.Mode.AUTO, 0, 1);
    List<Callback> callbacks =
        List.of(
            new EarlyStopping(monitor, false),
            new BestWeights(monitor),
            new ReduceLrOnPlateau(monitor, 0.1, 0, 0));
    try (Learner learner = TinyTask.learner().build()) {
      for (Callback callback : callbacks) {
        assertThatThrownBy(() -> callback.check(learner))
            .isInstanceOf(RefusedException.class)
            .hasMessageStartingWith("there is no number 'told_you' to monitor; there are [");
      }
    }
  }

  @Test
  void aFitStopsNormallyWhenPatienceIsOver() {
    var stopping = new EarlyStopping(told(0, 2), false);
    FitResult result = fit(new Told(true, 1, 3, 2, 3, 9, 9), 6, stopping);
    assertThat(result.epochs()).isEqualTo(4);
    assertThat(result.outcome())
        .isEqualTo(
            new Outcome.Stopped("early-stopping", "told was no better than 3.0 for 2 epochs"));
    assertThat(stopping.best()).hasValue(3);
    // the other way round
    assertThat(
            fit(new Told(false, 1, 3, 2, 3, 9, 9), 6, new EarlyStopping(told(0, 2), false))
                .epochs())
        .isEqualTo(3);
    Monitor maximum = new Monitor("told", Monitor.Mode.MAX, 0, 2);
    assertThat(
            fit(new Told(false, 1, 3, 2, 3, 9, 9), 6, new EarlyStopping(maximum, false)).epochs())
        .isEqualTo(4);
  }

  @Test
  void everyFitStartsAfreshUnlessTheBestIsKept() {
    for (boolean across : new boolean[] {false, true}) {
      var stopping = new EarlyStopping(told(0, 2), across);
      try (Learner learner =
          TinyTask.learner()
              .metrics(new Told(true, 5, 4, 3, 3, 2, 1, 1))
              .callbacks(stopping)
              .build()) {
        assertThat(learner.fit(3).epochs()).isEqualTo(3);
        assertThat(learner.fit(4).epochs()).isEqualTo(across ? 2 : 3);
      }
    }
  }

  @Test
  void anEpochWithoutTheNumberIsNeitherBetterNorWorse() {
    var skip =
        new Callback() {
          @Override
          public void beforeValidate(Pass pass) {
            if (pass.epoch().index() == 1 || pass.epoch().index() == 2) {
              throw new CancelValidateException("none today");
            }
          }

          @Override
          public Order order() {
            return Order.at(1000);
          }
        };
    var stopping = new EarlyStopping(told(0, 1), false);
    // a cancelled validation has no scores
    try (Learner learner =
        TinyTask.learner()
            .metrics(new Told(true, 5, 0, 0, 6, 1, 1))
            .callbacks(stopping, skip)
            .build()) {
      FitResult result = learner.fit(6);
      assertThat(result.epochs()).isEqualTo(5);
    }
  }

  @Test
  void aNumberThatNeverWillBeThereIsRefusedAtTheStart() {
    try (Learner learner =
        TinyTask.learner().metrics(new Told(true)).scoresTraining(true).build()) {
      assertThatThrownBy(() -> learner.fit(1, new EarlyStopping(Monitor.of("accuracy", 1), false)))
          .hasMessageContaining(
              "there is no number 'accuracy' to monitor; there are [train_loss, valid_loss, train_told,"
                  + " told]");
    }
    assertThatThrownBy(() -> new Monitor("x", Monitor.Mode.AUTO, -1, 1))
        .hasMessage("min-delta is -1; it must be finite and at least 0");
    assertThatThrownBy(() -> Monitor.of("x", 0)).hasMessage("patience is 0; it must be at least 1");
    assertThatThrownBy(() -> Monitor.of(" ", 1)).hasMessageContaining("monitor is empty");
  }

  @Test
  void lossesAreMonitoredByTheirColumns() {
    try (Learner learner = TinyTask.learner().build()) {
      for (String name : List.of("train_loss", "valid_loss")) {
        var seen = new ArrayList<Double>();
        var monitor = new EarlyStopping(Monitor.of(name, 9), false);
        learner.fit(
            1,
            monitor,
            new Callback() {
              @Override
              public void afterEpoch(Epoch epoch) {
                seen.add(
                    name.equals("train_loss")
                        ? epoch.trainScores().orElseThrow().loss()
                        : epoch.validScores().orElseThrow().loss());
              }
            });
        assertThat(monitor.best()).hasValue(seen.getFirst());
      }
    }
  }

  @Test
  void plateausLowerTheRateForTheRestOfTheFit() {
    var rates = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            rates.add(pass.fit().optimizer().get(Hyper.LEARNING_RATE));
          }
        };
    var plateau = new ReduceLrOnPlateau(told(0, 2), 0.1, 0.0005, 0);
    try (Learner learner =
        TinyTask.learner()
            .metrics(new Told(false, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1))
            .callbacks(plateau, watch)
            .build()) {
      learner.fit(10);
      double[] wanted = {0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.0005};
      for (int i = 0; i < 10; i++) {
        assertThat(rates.get(i)).as("%s", rates).isCloseTo(wanted[i], within(1e-12));
      }
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
    }
  }

  @Test
  void aCooldownDoesNotCountAsWaiting() {
    var rates = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            rates.add(pass.fit().optimizer().get(Hyper.LEARNING_RATE));
          }
        };
    fit(new Told(false, 1, 1, 1, 1, 1, 1), 6, new ReduceLrOnPlateau(told(0, 1), 0.5, 0, 2), watch);
    assertThat(rates).containsExactly(0.1, 0.1, 0.05, 0.05, 0.05, 0.025);
  }

  @Test
  void aPlateauIsRefusedBesideAnotherOwnerOfTheRate() {
    var other = new ReduceLrOnPlateau(told(0, 1), 0.5, 0, 0);
    try (Learner learner =
        TinyTask.learner()
            .metrics(new Told(true, 1))
            .callbacks(other, new ReduceLrOnPlateau(told(0, 1), 0.5, 0, 0))
            .build()) {
      assertThatThrownBy(() -> learner.fit(1)).hasMessageContaining("hyper-parameter 'lr'");
    }
  }

  @Test
  void statesGoOnWhereTheyWere() {
    var first = new Improvement(Monitor.of("x", 3), false);
    first.see(2);
    first.see(3);
    var next = new Improvement(Monitor.of("x", 3), false);
    next.restore(first.state());
    assertThat(next.waited()).isEqualTo(1);
    assertThat(next.see(1.9)).isTrue();

    var plateau = new ReduceLrOnPlateau(Monitor.of("valid_loss", 1), 0.5, 0, 0);
    var state = new ReduceLrOnPlateau.State(new Improvement.State(-1, 0, false), 0.25, 0);
    plateau.restore(state);
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(
          1,
          plateau,
          new Callback() {
            @Override
            public void beforeTrain(Pass pass) {
              assertThat(pass.fit().optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.025);
            }

            @Override
            public void afterFit(Fit fit) {
              assertThat(fit.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.0125);
            }
          });
    }
  }

  @Test
  void bothKeepTheContractOfCallbacks() {
    CallbackContract.of(() -> new EarlyStopping(Monitor.of("valid_loss", 1), false)).verify();
    CallbackContract.of(() -> new ReduceLrOnPlateau(Monitor.of("train_loss", 1), 0.5, 0, 0))
        .verify();
  }

  @Test
  void aNumberThatACallbackReportsIsMonitoredAsAMetricIs() {
    var reporter =
        new Callback() {
          @Override
          public List<String> reports() {
            return List.of("drift");
          }

          @Override
          public void afterPred(Batch batch) {
            batch.report("drift", batch.manager().create(batch.isTraining() ? 1f : 2f));
          }
        };
    for (String name : List.of("drift", "train_drift")) {
      var stop = new EarlyStopping.Options().monitor(name).patience(2).create();
      try (Learner learner = TinyTask.learner().callbacks(stop).build()) {
        assertThat(learner.fit(9, reporter).epochs()).isEqualTo(3);
        assertThatThrownBy(() -> learner.fit(1))
            .hasStackTraceContaining("there is no number '%s' to monitor".formatted(name));
      }
    }
  }

  @Test
  void optionsMakeThem() {
    assertThat(new EarlyStopping.Options().create()).isInstanceOf(EarlyStopping.class);
    assertThat(new ReduceLrOnPlateau.Options().create()).isInstanceOf(ReduceLrOnPlateau.class);
    assertThatThrownBy(
            () -> new ReduceLrOnPlateau.Options("valid_loss", Monitor.Mode.AUTO, 0, 1, 2, 0, 0))
        .hasMessage("factor is 2; it must be in (0, 1)");
  }
}
