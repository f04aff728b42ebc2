package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class LengthTest {
  @Test
  void textIsReadAndWritten() {
    assertThat(Length.parse("5 epochs")).isEqualTo(Length.epochs(5));
    assertThat(Length.parse("4")).isEqualTo(Length.epochs(4));
    assertThat(Length.parse("2.5 epochs")).isEqualTo(Length.epochs(2.5));
    assertThat(Length.parse("1e2")).isEqualTo(Length.epochs(100));
    assertThat(Length.parse(" 500 Steps ")).isEqualTo(Length.steps(500));
    assertThat(Length.parse("1step")).isEqualTo(Length.steps(1));
    assertThat(Length.parse("0.1 of the run")).isEqualTo(Length.ofRun(0.1));
    for (String text : new String[] {"1 epoch", "2.5 epochs", "500 steps", "0.25 of the run"}) {
      assertThat(Length.parse(text)).hasToString(text);
    }
  }

  @Test
  void whatIsNoLengthIsRefusedWithASentence() {
    for (String text : new String[] {"", "five", "5 minutes", "-1", "1.2.3 epochs"}) {
      assertThatThrownBy(() -> Length.parse(text))
          .hasMessage("'%s' is no length; write '5 epochs', '500 steps' or '0.1 of the run'", text);
    }
    assertThatThrownBy(() -> Length.parse("0.25"))
        .hasMessage("0.25 of what? Write '0.25 of the run' or '0.25 epochs'");
    assertThatThrownBy(() -> Length.parse("2.5")).hasMessage("2.5 of what? Write '2.5 epochs'");
    assertThatThrownBy(() -> Length.parse("1.5 of the run"))
        .hasMessage("a length is 1.5 of the run, not 0 to 1");
    assertThatThrownBy(() -> Length.parse("1.5 steps"))
        .hasMessage("a length is 1.5 steps, not a whole number");
  }

  @Test
  void lengthsCountInBatchesAndInFractions() {
    assertThat(Length.epochs(2.5).toSteps(10, 0)).isEqualTo(25);
    assertThat(Length.ofRun(0.25).toSteps(10, 200)).isEqualTo(50);
    assertThat(Length.steps(50).toFraction(10, 200)).isEqualTo(0.25);
    assertThat(Length.epochs(1).toFraction(10, 200)).isEqualTo(0.05);
    assertThat(Length.epochs(100).toFraction(10, 200)).isEqualTo(1);
    assertThat(Length.epochs(1.5).times(2)).isEqualTo(Length.epochs(3));
    assertThatThrownBy(() -> Length.ofRun(0.5).toSteps(10))
        .hasMessageContaining("cannot be how long a run is");
  }

  @Test
  void aRunHasSteps() {
    assertThat(Length.epochs(0.5).toRun("epochs", 10)).isEqualTo(5);
    assertThat(Length.steps(1).toRun("epochs", 10)).isEqualTo(1);
    assertThatThrownBy(() -> Length.epochs(0).toRun("epochs", 10))
        .hasMessage(
            "epochs is 0 epochs, which is no training step: an epoch has 10; at least 1 step");
    assertThatThrownBy(() -> Length.epochs(0.001).toRun("cycle", 10))
        .hasMessageStartingWith("cycle is 0.001 epochs, which is no training step");
    assertThat(Length.steps(5_000_000_000L).toRun("epochs", 10)).isEqualTo(5_000_000_000L);
    assertThat(Length.epochs(2e9).toRun("epochs", 10)).isEqualTo(20_000_000_000L);
    assertThatThrownBy(() -> Length.epochs(1e10).toRun("epochs", 10))
        .hasMessage(
            "epochs is 10000000000 epochs, which is longer than a run can be: at most 2,147,483,647 epochs, and 9,223,372,036,854,775,806 steps");
    assertThatThrownBy(() -> Length.ofRun(0.5).toRun("epochs", 10))
        .hasMessage("epochs is 0.5 of the run; it must be a number of epochs or steps");
  }

  @Test
  void aFitOfStepsEndsThereWithAValidationAndAPartialEpoch() {
    var epochs = new ArrayList<String>();
    var progress = new ArrayList<Double>();
    var watch =
        new Observer() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining()) {
              progress.add(batch.fit().pctTrain());
            }
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            epochs.add(
                epoch.trainScores().orElseThrow().samples()
                    + (epoch.isPartial() ? " partial " : " ")
                    + epoch.validScores().isPresent());
          }
        };
    try (Learner learner = Points.learner(4).callbacks(watch).build()) {
      FitResult result = learner.fit(Length.steps(10));
      assertThat(result.outcome()).isEqualTo(new Outcome.Finished());
      assertThat(epochs).containsExactly("32 true", "32 true", "16 true");
      assertThat(progress).containsExactly(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9);
      assertThat(learner.stepsDone()).isEqualTo(10);

      epochs.clear();
      learner.fit(Length.epochs(2));
      assertThat(epochs).containsExactly("32 true", "32 true");
      assertThat(learner.fit(Length.steps(0)).epochs()).isZero();
    }
  }
}
