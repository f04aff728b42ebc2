package io.antiphon.techniques;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.BlockHook;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Fit;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.models.ModelResetter;
import io.antiphon.models.RecurrentLayers;
import io.antiphon.models.Rnn;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RnnRegularizerTest {
  private static final int TOKENS = 5;
  private static final int LENGTH = 6;

  /// Two batches of two streams in which each token is followed by the next one.
  static DataLoader tokens() {
    return DataLoader.of(
            List.of(0, 1, 2, 3),
            (manager, starts) -> {
              var x = new long[starts.size() * LENGTH];
              var y = new long[x.length];
              for (int i = 0; i < x.length; i++) {
                x[i] = (starts.get(i / LENGTH) + i) % TOKENS;
                y[i] = (x[i] + 1) % TOKENS;
              }
              Shape shape = new Shape(starts.size(), LENGTH);
              return new Samples(
                  new NDList(manager.create(x, shape)),
                  new NDList(manager.create(y, shape)),
                  starts.size());
            })
        .batchSize(2);
  }

  private static Learner.Builder learner(double dropout) {
    return Learner.builder()
        .model(Rnn.of(new Rnn.Options().embedding(4).hidden(3).layers(1).dropout(dropout), TOKENS))
        .loss(new CrossEntropy())
        .optimizer(TinyTask.descent(0.1))
        .train(tokens())
        .valid(tokens())
        .callbacks(new ModelResetter())
        .seed(3);
  }

  /// Sees what the recurrent layers give, and what is differentiated beside the loss.
  private static final class Watch implements Callback {
    private final List<float[]> activations = new ArrayList<>();
    private final List<Double> added = new ArrayList<>();

    @Override
    public void beforeFit(Fit fit) {
      for (Layer layer : Layer.of(fit.model(), List.of())) {
        Block block = layer.block();
        if (block instanceof RecurrentLayers) {
          fit.hook(
              block,
              BlockHook.looking((batch, _, outputs) -> {
                if (batch.isTraining()) {
                  activations.add(outputs.head().toFloatArray());
                }
              }));
        }
      }
    }

    @Override
    public void beforeBackward(Batch batch) {
      NDArray objective = batch.objective();
      added.add((double) objective.getFloat() - batch.loss().getFloat());
    }
  }

  @Test
  void theMeanSquareOfActivationsAndOfTheirChangesIsAddedToWhatIsDifferentiated() {
    for (double[] factors : new double[][] {{2, 1}, {3, 0}, {0, 5}, {0, 0}}) {
      var watch = new Watch();
      try (Learner learner =
          learner(0).callbacks(new RnnRegularizer(factors[0], factors[1]), watch).build()) {
        learner.fit(1);
      }
      assertThat(watch.added).hasSize(2);
      for (int batch = 0; batch < 2; batch++) {
        float[] h = watch.activations.get(batch); // [2, LENGTH, 3]
        double squares = 0;
        double changes = 0;
        for (int i = 0; i < h.length; i++) {
          squares += h[i] * h[i] / h.length;
          if (i / 3 % LENGTH > 0) {
            changes += (h[i] - h[i - 3]) * (h[i] - h[i - 3]) / (h.length - 6);
          }
        }
        assertThat(watch.added.get(batch))
            .isCloseTo(factors[0] * squares + factors[1] * changes, Offset.offset(1e-5));
      }
    }
  }

  @Test
  void activationsBecomeSmaller() {
    assertThat(size(new RnnRegularizer(20, 0))).isLessThan(size(new RnnRegularizer(0, 0)) / 2);
  }

  private static double size(Callback regularizer) {
    var watch = new Watch();
    try (Learner learner = learner(0.2).callbacks(regularizer, watch).build()) {
      learner.fit(20);
    }
    double sum = 0;
    for (float each : watch.activations.getLast()) {
      sum += Math.abs(each);
    }
    return sum;
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new RnnRegularizer(2, 1)).on(() -> learner(0.2)).verify();
  }
}
