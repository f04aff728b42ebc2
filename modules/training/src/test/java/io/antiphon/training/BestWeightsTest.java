package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BestWeightsTest {
  /// The model's arrays, running statistics too, after each epoch.
  private static final class Weights implements Callback {
    private final List<List<float[]>> epochs = new ArrayList<>();

    @Override
    public void afterEpoch(Epoch epoch) {
      epochs.add(of(epoch.fit().learner()));
    }

    static List<float[]> of(Learner learner) {
      return learner.model().getParameters().values().stream()
          .map(parameter -> parameter.getArray().toFloatArray())
          .toList();
    }
  }

  private static Learner learner(Callback... callbacks) {
    return TinyTask.learner().metrics(new Told(false, 3, 1, 2, 4)).callbacks(callbacks).build();
  }

  @Test
  void theBestEpochsModelIsThereAfterTheFit() {
    var weights = new Weights();
    var best = new BestWeights(Monitor.of("told", 1));
    try (Learner learner = learner(weights, best)) {
      learner.fit(4);
      assertThat(best.epoch()).isEqualTo(1);
      assertThat(best.best()).hasValue(1);
      same(Weights.of(learner), weights.epochs.get(1));
      assertThat(learner.epochsDone()).isEqualTo(4);
    }
  }

  @Test
  void withEarlyStoppingTheWaitIsNotKept() {
    var weights = new Weights();
    try (Learner learner =
        learner(
            weights,
            new EarlyStopping(Monitor.of("told", 2), false),
            new BestWeights(Monitor.of("told", 1)))) {
      assertThat(learner.fit(4).epochs()).isEqualTo(4);
      same(Weights.of(learner), weights.epochs.get(1));
    }
  }

  @Test
  void aFitThatIsInterruptedAndRestoredGoesOnWithTheBestOfItsFirstHalf() {
    var weights = new Weights();
    var first = new BestWeights(Monitor.of("told", 1));
    var second = new BestWeights(Monitor.of("told", 1));
    var handOver =
        new Callback() {
          @Override
          public Order order() {
            return Order.SAVE;
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            if (epoch.fit().epochIndex() == 2) {
              try (NDManager saved = NDManager.newBaseManager()) {
                second.restore(first.state(saved));
              }
              throw new CancelFitException("interrupted");
            }
          }
        };
    try (Learner learner = learner(weights, first, handOver)) {
      learner.fit(4);
      learner.remove(first);
      learner.remove(handOver);
      learner.add(second);
      learner.fit(1);
      assertThat(second.best()).hasValue(1);
      same(Weights.of(learner), weights.epochs.get(1));
    }
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new BestWeights(Monitor.of("valid_loss", 1))).verify();
  }

  private static void same(List<float[]> some, List<float[]> others) {
    for (int i = 0; i < some.size(); i++) {
      assertThat(some.get(i)).containsExactly(others.get(i));
    }
  }
}
