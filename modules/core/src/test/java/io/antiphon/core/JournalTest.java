package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
  private static final int WRONG = 5;

  private final List<Journal.Entry> told = new ArrayList<>();

  /// Does something to a batch of one step.
  private static class At implements Callback {
    private final String name;

    At(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    static boolean isWrong(Batch batch) {
      return batch.isTraining() && batch.fit().learner().stepsDone() + 1 == WRONG;
    }
  }

  private static Callback scale() {
    return new At("scale") {
      @Override
      public void afterLoss(Batch batch) {
        if (isWrong(batch)) {
          batch.loss(batch.loss().mul(1000));
        }
      }
    };
  }

  private List<Journal.Entry> of(String what) {
    return told.stream().filter(entry -> entry.what().equals(what)).toList();
  }

  private static float[] weights(Callback... callbacks) {
    try (Learner learner = Points.learner(4).build()) {
      learner.fit(3, callbacks);
      var all = new NDList();
      learner.model().getParameters().values().forEach(p -> all.add(p.getArray().flatten()));
      return NDArrays.concat(all).toFloatArray();
    }
  }

  @Test
  void whoScaledTheLossIsToldWithTheStepAndBothValues() {
    weights(scale(), new Journal(told::add));
    List<Journal.Entry> changes =
        of("loss").stream().filter(entry -> !entry.who().equals("loss")).toList();
    assertThat(changes).hasSize(1);
    Journal.Entry change = changes.getFirst();
    assertThat(change.who()).isEqualTo("scale");
    assertThat(change.step()).isEqualTo(WRONG);
    assertThat(change.epoch()).isEqualTo(1);
    assertThat(change.batch()).isZero();
    assertThat(change.event()).isEqualTo(Event.AFTER_LOSS);
    assertThat(Double.parseDouble(change.now()) / Double.parseDouble(change.old()))
        .isCloseTo(1000, within(0.1));
    assertThat(of("loss")).hasSize(12 + 1);
    assertThat(of("gradient norm")).hasSize(12);
    assertThat(of("step")).hasSize(12).allMatch(entry -> entry.now().equals("applied"));
  }

  @Test
  void lookingChangesNothingAndLeavesNoArrays() {
    assertThat(weights(scale(), new Journal(told::add))).isEqualTo(weights(scale()));
    try (Learner learner = Points.learner(4).build()) {
      learner.fit(1);
      int before = learner.manager().getManagedArrays().size();
      learner.fit(2, new Journal(told::add));
      assertThat(learner.manager().getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void onlyTheStepsThatAreAskedForAreTold() {
    weights(new Journal(step -> step == 4 || step == 7, told::add));
    assertThat(told.stream().map(Journal.Entry::step).distinct()).containsExactly(4L, 7L);
    assertThat(told.getFirst().toString())
        .startsWith("step 4, epoch 0, batch 3, BEFORE_BATCH, data: inputs (8, 4) mean ");
  }

  @Test
  void inputsPredictionsGradientsAndHyperParametersHaveTheirAuthors() {
    weights(
        new At("noise") {
          @Override
          public void beforeBatch(Batch batch) {
            if (isWrong(batch)) {
              NDArray x = batch.inputs().head();
              batch.inputs(new NDList(x.add(1e-3)));
              batch.set(Hyper.LEARNING_RATE, 0.7);
            }
          }

          @Override
          public void afterPred(Batch batch) {
            if (isWrong(batch)) {
              batch.predictions(new NDList(batch.predictions().head().mul(2)));
            }
          }

          @Override
          public void beforeStep(Batch batch) {
            if (isWrong(batch)) {
              batch.gradients().scale(0.5);
            }
          }
        },
        new Journal(step -> step == WRONG, told::add));
    assertThat(told.stream().filter(entry -> entry.who().equals("noise")))
        .extracting(Journal.Entry::event, Journal.Entry::what)
        .containsExactly(
            tuple(Event.BEFORE_BATCH, "lr"),
            tuple(Event.BEFORE_BATCH, "inputs"),
            tuple(Event.AFTER_PRED, "predictions"),
            tuple(Event.BEFORE_STEP, "gradient norm"));
    assertThat(of("lr").getFirst().toString()).contains("lr 0.1000000 -> 0.7000000");
  }

  @Test
  void cancelledLevelsAndSkippedStepsAreTold() {

    weights(
        new At("stopper") {
          @Override
          public void beforeStep(Batch batch) {
            if (isWrong(batch)) {
              throw new CancelStepException("no step today");
            }
          }

          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining() && batch.fit().learner().stepsDone() + 1 == WRONG + 1) {
              throw new CancelBatchException("nor this batch");
            }
          }
        },
        new Journal(told::add));
    assertThat(of("level"))
        .extracting(Journal.Entry::step, Journal.Entry::who, Journal.Entry::old, Journal.Entry::now)
        .containsExactly(
            tuple(5L, "stopper", "STEP", "cancelled: no step today"),
            tuple(6L, "stopper", "BATCH", "cancelled: nor this batch"));
    assertThat(of("step").stream().filter(entry -> entry.step() == WRONG))
        .extracting(Journal.Entry::now)
        .containsExactly("cancelled by stopper: no step today");
  }
}
