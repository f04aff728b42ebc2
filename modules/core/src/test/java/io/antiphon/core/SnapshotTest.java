package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  /// Counts the batches that it saw.
  private static final class Counter implements Callback, Stateful<Counter.State> {
    record State(long batches) {}

    private long batches;

    @Override
    public void afterBatch(Batch batch) {
      batches++;
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

  private static Block model() {
    return new SequentialBlock()
        .add(ai.djl.nn.core.Linear.builder().setUnits(6).build())
        .add(BatchNorm.builder().build())
        .add(Dropout.builder().optRate(0.3f).build())
        .add(ai.djl.nn.core.Linear.builder().setUnits(2).build());
  }

  private static List<float[]> weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  @Test
  void aLearnerThatIsBroughtBackGoesOnAsIfNothingHadHappened() {
    var counter = new Counter();
    List<float[]> straight;
    try (Learner learner = Points.learner(5).model(model()).build()) {
      learner.fit(3);
      straight = weights(learner);
    }
    try (Learner learner = Points.learner(5).model(model()).callbacks(counter).build()) {
      learner.fit(1);
      List<float[]> before = weights(learner);
      try (Snapshot snapshot = learner.snapshot()) {
        for (int again = 0; again < 2; again++) {
          learner.optimizer().set(Hyper.LEARNING_RATE, 3);
          learner.model().getParameters().valueAt(0).freeze(true);
          learner.fit(2);
          assertThat(weights(learner)).usingRecursiveComparison().isNotEqualTo(before);
          learner.restore(snapshot);
          assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(before);
          assertThat(counter.batches).isEqualTo(7);
          assertThat(learner.epochsDone()).isEqualTo(1);
          assertThat(learner.stepsDone()).isEqualTo(5);
          assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
        }
      }
      learner.fit(2);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight);
    }
  }

  @Test
  void aValueSetForTheLifeOfAFitIsNotMistakenForOneThatStays() {
    try (Learner learner = Points.learner(2).build()) {
      learner.fit(
          1,
          new Callback() {
            @Override
            public void beforeFit(Fit fit) {
              fit.set(Hyper.LEARNING_RATE, 7);
              try (Snapshot snapshot = learner.snapshot()) {
                learner.restore(snapshot);
              }
              assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(7);
            }
          });
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
    }
  }

  @Test
  void whatASnapshotKeepsGoesWithIt() {
    try (Learner learner = Points.learner(2).build()) {
      learner.fit(1);
      int arrays = learner.manager().getManagedArrays().size();
      for (int i = 0; i < 3; i++) {
        try (Snapshot snapshot = learner.snapshot()) {
          learner.restore(snapshot);
        }
      }
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
    }
  }
}
