package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScopeTest {
  private final Learner learner = Points.learner(2).build();

  @AfterEach
  void close() {
    learner.close();
  }

  @Test
  void aTrainScopedChangeUnderALaterFitScopedOneEndsWithItsScope() {
    var rates = new ArrayList<Double>();
    LossFunction original = learner.lossFunction();
    var traces = new ArrayList<String>();
    learner.fit(
        2,
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            if (pass.epoch().index() == 0) {
              pass.wrapLoss(old -> traced("train", old, traces));
              pass.fit().wrapLoss(old -> traced("fit", old, traces));
              pass.set(Hyper.LEARNING_RATE, 0.5);
            }
          }

          @Override
          public void beforeValidate(Pass pass) {
            rates.add(pass.fit().optimizer().get(Hyper.LEARNING_RATE));
            traces.add("-");
          }

          @Override
          public void afterFit(Fit fit) {
            traces.add("end");
          }
        });
    // both over the original while training; only the fit's own once the first training part is
    // over
    assertThat(String.join(" ", traces))
        .startsWith("fit train fit train - fit fit fit fit - fit fit end");
    assertThat(rates).containsExactly(0.1, 0.1);
    assertThat(learner.lossFunction()).isSameAs(original);
  }

  @Test
  void aWrapLiesOverAReplacementThatIsLaidLater() {
    var traces = new ArrayList<String>();
    learner.fit(
        1,
        new Callback() {
          @Override
          public java.util.Set<Replacement> replaces() {
            return java.util.Set.of(Replacement.LOSS_FUNCTION);
          }

          @Override
          public void beforeTrain(Pass pass) {
            pass.fit().wrapLoss(old -> traced("wrap", old, traces));
            pass.replaceLoss(traced("other", Points.crossEntropy(), traces));
          }

          @Override
          public void beforeValidate(Pass pass) {
            traces.add("-");
          }
        });
    assertThat(String.join(" ", traces))
        .startsWith("wrap other wrap other")
        .endsWith("- wrap wrap");
  }

  private static LossFunction traced(String name, LossFunction inner, List<String> traces) {
    return (predictions, targets) -> {
      traces.add(name);
      return inner.loss(predictions, targets);
    };
  }

  @Test
  void aHyperSetAgainByTheSameCallbackChangesItsLayerAndOthersStay() {
    var seen = new ArrayList<Double>();
    var schedule =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.fit().set(Hyper.LEARNING_RATE, 0.01 * (batch.fit().trainIter() + 1));
          }

          @Override
          public Order order() {
            return Order.at(-1);
          }
        };
    learner.fit(
        1,
        schedule,
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.set(Hyper.LEARNING_RATE, 7);
            seen.add(batch.fit().optimizer().get(Hyper.LEARNING_RATE));
          }

          @Override
          public void cleanupBatch(Batch batch) {
            if (batch.isTraining()) {
              batch.fit().optimizer().set(Hyper.LEARNING_RATE, 0.3);
            }
          }
        });
    assertThat(seen).containsOnly(7.0);
    assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.3);
  }

  @Test
  void whatIsNotThereYetThrowsWithASentence() {
    var messages = new ArrayList<String>();
    learner.fit(
        1,
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            note(batch::predictions);
            note(batch::loss);
            note(batch::lossValue);
            note(batch::stepResult);
            if (!batch.isTraining()) {
              note(batch::gradients);
            }
          }

          private void note(Runnable read) {
            try {
              read.run();
              messages.add("read");
            } catch (IllegalStateException e) {
              messages.add(String.valueOf(e.getMessage()));
            }
          }
        });
    assertThat(messages)
        .doesNotContain("read")
        .contains(
            "the batch's predictions are there from AFTER_PRED on, not before",
            "there are no gradients in validation");
  }

  @Test
  void aScopeThatHasEndedRefusesChanges() {
    var kept = new ArrayList<Batch>();
    learner.fit(
        1,
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            kept.add(batch);
          }
        });
    assertThatThrownBy(() -> kept.getFirst().inputs(new NDList()))
        .hasMessage("this batch has ended; use the scope that the hook receives");
  }

  @Test
  void resourcesOfAScopeCloseWithItTheLastOneFirst() {
    var closed = new ArrayList<String>();
    learner.fit(
        1,
        new Callback() {
          @Override
          public void beforeEpoch(Epoch epoch) {
            epoch.own(() -> closed.add("first"));
            epoch.own(() -> closed.add("second"));
          }

          @Override
          public void afterFit(Fit fit) {
            closed.add("fit");
          }
        });
    assertThat(closed).containsExactly("second", "first", "fit");
  }

  @Test
  void aReplacedModelOptimizerAndDataCountWhileTheirScopeLives() {
    var sizes = new ArrayList<Long>();
    learner.fit(
        2,
        new Callback() {
          @Override
          public void beforeEpoch(Epoch epoch) {
            if (epoch.index() == 0) {
              epoch.replaceTrainData(Points.data(5, 1));
              epoch.replaceValidData(Points.data(3, 1));
            }
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            sizes.add(epoch.trainScores().orElseThrow().samples());
            sizes.add(epoch.validScores().orElseThrow().samples());
          }
        });
    assertThat(sizes).containsExactly(40L, 24L, 16L, 16L);
  }

  @Test
  void positionsAreReadableFromEveryScope() {
    var text = new ArrayList<String>();
    learner.fit(
        2,
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            Fit fit = batch.fit();
            text.add(
                "%d %d %d/%d %d %.3f"
                    .formatted(
                        batch.pass().epoch().index(),
                        batch.pass().epoch().number(),
                        batch.index(),
                        batch.pass().batches(),
                        fit.trainIter(),
                        fit.pctTrain()));
          }
        });
    assertThat(text)
        .containsExactly(
            "0 0 0/2 0 0.000",
            "0 0 1/2 1 0.250",
            "0 0 0/2 2 0.500",
            "0 0 1/2 2 0.500",
            "1 1 0/2 2 0.500",
            "1 1 1/2 3 0.750",
            "1 1 0/2 4 1.000",
            "1 1 1/2 4 1.000");
    assertThat(learner.epochsDone()).isEqualTo(2);
    assertThat(learner.stepsDone()).isEqualTo(4);
  }

  @Test
  void aTunableNumberIsLaidOverUntilTheScopeEndsAndStaysInItsRange() {
    var rate = new Tunable("rate", 0.5, 0, 1);
    var seen = new ArrayList<Double>();
    learner.fit(
        1,
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.fit().set(rate, 0.1 * (batch.fit().trainIter() + 1));
            batch.set(rate, rate.get() / 10);
            seen.add(rate.get());
          }

          @Override
          public void afterTrain(Pass pass) {
            seen.add(rate.get());
          }
        });
    assertThat(seen.subList(0, 3)).containsExactly(0.01, 0.02, 0.2);
    assertThat(rate.get()).isEqualTo(0.5);
    rate.set(0.25);
    assertThat(rate).hasToString("rate 0.25");
    assertThatThrownBy(() -> rate.set(1.5)).hasMessage("rate is 1.5; it must be in [0, 1]");
    assertThatThrownBy(() -> rate.set(Double.NaN)).hasMessageContaining("it must be in [0, 1]");
  }

  @Test
  void explainShowsWhatACallbackHasToSayAboutTheRun() {
    learner.add(
        new Callback() {
          @Override
          public String name() {
            return "talker";
          }

          @Override
          public String explain(Learner about) {
            return "rate 0.1\nfor %d batches".formatted(about.trainData().batches());
          }
        });
    assertThat(learner.explain()).endsWith("\ntalker\n  rate 0.1\n  for 2 batches\n");
  }
}
