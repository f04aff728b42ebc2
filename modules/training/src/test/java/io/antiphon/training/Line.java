package io.antiphon.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.initializer.ConstantInitializer;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import io.antiphon.testkit.TinyTask;
import java.util.List;

/// One weight that starts at 1, descent with rate 0.1, and the loss w·x, whose gradient is the mean
/// of x: what a step does is known in closed form.
final class Line {
  private Line() {}

  /// @param batches the x of each batch's samples
  static Learner.Builder learner(double[][] batches, Callback... callbacks) {
    var model = Linear.builder().setUnits(1).optBias(false).build();
    model.setInitializer(new ConstantInitializer(1f), Parameter.Type.WEIGHT);
    return TinyTask.learner()
        .model(model)
        .loss((predictions, targets) -> predictions.head().mean())
        .train(new Given(batches))
        .valid(new Given(new double[][] {{1}}))
        .callbacks(callbacks);
  }

  static double weight(Learner learner) {
    return learner.model().getParameters().valueAt(0).getArray().getFloat(0);
  }

  private record Given(double[][] values) implements DataLoader {
    @Override
    public int batches() {
      return values.length;
    }

    @Override
    public long samples() {
      long samples = 0;
      for (double[] batch : values) {
        samples += batch.length;
      }
      return samples;
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(new Shape(values[0].length, 1));
    }

    @Override
    public Batches open(long seed, long epoch, int first) {
      return new Batches() {
        private int next = first;

        @Override
        public boolean hasNext() {
          return next < values.length;
        }

        @Override
        public Samples next(NDManager manager) {
          double[] x = values[next++];
          var floats = new float[x.length];
          for (int i = 0; i < x.length; i++) {
            floats[i] = (float) x[i];
          }
          return new Samples(
              new NDList(manager.create(floats, new Shape(x.length, 1))),
              new NDList(manager.zeros(new Shape(x.length))),
              x.length);
        }
      };
    }
  }
}
