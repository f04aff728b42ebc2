package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepTest {
  /// Has a penalty, which it reports, in a loss of its own, and remembers how many batches it saw.
  private static final class Penalized implements TrainingStep, Stateful<Penalized.State> {
    record State(long batches) {}

    final List<Double> penalties = new ArrayList<>();
    final List<Integer> sizes = new ArrayList<>();
    boolean training = true;
    long batches;

    @Override
    public List<String> reports() {
      return List.of("penalty");
    }

    @Override
    public boolean hasLoss(Batch batch) {
      return true;
    }

    @Override
    public NDArray loss(Batch batch, NDList predictions, NDList targets) {
      batches++;
      NDArray penalty = predictions.head().square().mean();
      batch.report("penalty", penalty);
      if (batch.isTraining() == training) {
        penalties.add((double) penalty.getFloat());
        sizes.add(batch.size());
      }
      return penalty;
    }

    @Override
    public State state(NDManager manager) {
      return new State(batches);
    }

    @Override
    public void restore(State state) {
      batches = state.batches();
    }

    @Override
    public Class<State> stateType() {
      return State.class;
    }
  }

  private static Learner.Builder learner(TrainingStep step) {
    return Learner.builder()
        .model(Points.model())
        .optimizer(Points.sgd(0.1))
        .train(Points.data(5, 1))
        .valid(Points.data(2, 2))
        .step(step);
  }

  @Test
  void aStepWithALossOfItsOwnNeedsNoLossFunctionAndNoTargets() {
    var step = new Penalized();
    var blind =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.targets(new NDList());
          }
        };
    try (Learner learner = learner(step).callbacks(blind).build()) {
      FitResult result = learner.fit(2);
      assertThat(result.valid().orElseThrow().loss()).isFinite();
      assertThat(result.train().orElseThrow().loss()).isFinite();
    }
    try (Learner learner = learner(new TrainingStep() {}).build()) {
      assertThatThrownBy(() -> learner.fit(1)).hasMessageContaining("has no loss function");
    }
  }

  @Test
  void whatIsReportedIsTheMeanOverTheSamplesOfThePass() {
    var step = new Penalized();
    try (Learner learner = learner(step).build()) {
      Scores scores = learner.fit(1).train().orElseThrow();
      double sum = 0;
      int count = 0;
      for (int i = 0; i < step.penalties.size(); i++) {
        sum += step.penalties.get(i) * step.sizes.get(i);
        count += step.sizes.get(i);
      }
      assertThat(scores.metrics()).containsOnlyKeys("penalty");
      assertThat(scores.metrics().get("penalty")).isCloseTo(sum / count, within(1e-12));
      step.penalties.clear();
      step.training = false;
      Scores valid = learner.validate();
      double mean = step.penalties.stream().mapToDouble(each -> each).average().orElseThrow();
      assertThat(valid.metrics().get("penalty")).isCloseTo(mean, within(1e-12));
    }
  }

  @Test
  void reportsLeaveNoArraysAndDoNotWait() {
    var waited = new ArrayList<Boolean>();
    var watch =
        new Callback() {
          @Override
          public List<String> reports() {
            return List.of("confidence");
          }

          @Override
          public void afterPred(Batch batch) {
            batch.report(
                "confidence", batch.predictions().head().softmax(1).max(new int[] {1}).mean());
          }

          @Override
          public void cleanupBatch(Batch batch) {
            waited.add(batch.waited());
          }
        };
    try (Learner learner = Points.learner(3).callbacks(watch).build()) {
      FitResult result = learner.fit(1);
      int before = learner.manager().getManagedArrays().size();
      learner.fit(3);
      assertThat(learner.manager().getManagedArrays()).hasSize(before);
      assertThat(waited).containsOnly(false);
      assertThat(result.valid().orElseThrow().metrics().get("confidence")).isBetween(0.5, 1.0);
    }
  }

  @Test
  void whatIsReportedIsInTheColumnsOfEveryRow() {
    var rows = new ArrayList<Row>();
    var watch =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
          }
        };
    try (Learner learner = learner(new Penalized()).callbacks(watch).build()) {
      FitResult result = learner.fit(1);
      assertThat(Row.columns(learner))
          .containsExactly("train_loss", "valid_loss", "train_penalty", "penalty");
      assertThat(rows.getFirst().numbers().keySet())
          .containsExactlyElementsOf(Row.columns(learner));
      assertThat(rows.getFirst().value("train_penalty"))
          .isEqualTo(result.train().orElseThrow().metrics().get("penalty"));
      assertThat(rows.getFirst().value("penalty"))
          .isEqualTo(result.valid().orElseThrow().metrics().get("penalty"));
    }
  }

  @Test
  void aReportWhoseColumnIsTakenIsRefusedBeforeTheRun() {
    record Reporter(String report) implements Callback {
      @Override
      public List<String> reports() {
        return List.of(report);
      }
    }
    Metric far = Metric.mean("far", batch -> batch.predictions().head());
    try (Learner learner = Points.learner(1).metrics(far).build()) {
      for (String taken : List.of("far", "loss", "time")) {
        String message =
            "what is reported as '%s' has the column '%s', as something else has; give it another name"
                .formatted(taken, taken.equals("loss") ? "train_loss" : taken);
        assertThatThrownBy(() -> learner.fit(1, new Reporter(taken))).hasMessage(message);
        assertThatThrownBy(() -> learner.check(new Reporter(taken))).hasMessage(message);
        var late =
            new Callback() {
              @Override
              public void afterTrain(Pass pass) {
                pass.fit().learner().add(new Reporter(taken));
              }
            };
        assertThatThrownBy(() -> learner.fit(1, late)).hasStackTraceContaining(message);
      }
      assertThatThrownBy(() -> learner.fit(1, new Reporter("x"), new Reporter("train_x")))
          .hasMessageContaining("'train_x'");
      learner.fit(1, new Reporter("x"));
    }
  }

  @Test
  void whatIsNotAnnouncedOrNoNumberIsRefused() {
    var step =
        new TrainingStep() {
          @Override
          public List<String> reports() {
            return List.of("known");
          }

          @Override
          public NDList predict(Batch batch, NDList inputs) {
            NDList predictions = batch.forward(inputs);
            assertThatThrownBy(() -> batch.report("other", predictions.head().mean()))
                .hasMessage(
                    "'other' is reported, but not announced, so no table has a column for it; let"
                        + " reports() of the training step or of the callback name it (announced"
                        + " are [known])");
            assertThatThrownBy(() -> batch.report("known", predictions.head()))
                .hasMessage(
                    "what is reported as 'known' is one number, not an array of shape (8, 2); take"
                        + " its mean");
            return predictions;
          }
        };
    try (Learner learner = Points.learner(1).step(step).build()) {
      learner.fit(1);
    }
  }

  @Test
  void theStepsMemoryIsInTheSnapshot() {
    var step = new Penalized();
    try (Learner learner = learner(step).build();
        Snapshot snapshot = learner.snapshot()) {
      learner.fit(1);
      assertThat(step.batches).isEqualTo(7);
      learner.restore(snapshot);
      assertThat(step.batches).isZero();
    }
  }

  @Test
  void aWrapperDoesWhatItDoesNotChangeAsTheStepUnderIt() {
    var step = new Penalized();
    var wrap =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            fit.wrapStep(inner -> {
              record Over(TrainingStep inner) implements TrainingStep.Wrapper {}
              return new Over(inner);
            });
          }
        };
    try (Learner learner = learner(step).callbacks(wrap).build();
        Learner plain = learner(new Penalized()).build()) {
      assertThat(learner.fit(1).train()).isEqualTo(plain.fit(1).train());
    }
  }

  @Test
  void aTeacherIsAskedWithoutAGraphAndAsInValidation() {
    Block teacher = Points.model();
    var step =
        new TrainingStep() {
          @Override
          public NDArray loss(Batch batch, NDList predictions, NDList targets) {
            NDArray wanted = batch.evaluate(teacher, batch.inputs()).head();
            assertThat(wanted.hasGradient()).isFalse();
            return predictions.head().sub(wanted).square().mean();
          }
        };
    try (Learner school = Points.learner(20).model(teacher).build();
        Learner student = learner(step).build()) {
      school.fit(3);
      double before = student.validate().loss();
      student.fit(20);
      assertThat(student.validate().loss()).isLessThan(before / 10);
      assertThat(teacher.getParameters().values()).allMatch(p -> p.requiresGradient());
    }
  }
}
