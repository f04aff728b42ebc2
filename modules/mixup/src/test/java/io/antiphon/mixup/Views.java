package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import java.util.List;

/// Batches of 8 that are views of one array, as a loader without shuffling gives them: who writes
/// into a batch writes into the data.
record Views(NDArray inputs, NDArray targets) implements DataLoader {
  static final int BATCH = 8;

  @Override
  public int batches() {
    return (int) (inputs.getShape().get(0) / BATCH);
  }

  @Override
  public long samples() {
    return (long) batches() * BATCH;
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(new Shape(BATCH).addAll(inputs.getShape().slice(1)));
  }

  @Override
  public Batches open(long seed, long epoch, int first) {
    return new Batches() {
      private int next = first;

      @Override
      public boolean hasNext() {
        return next < batches();
      }

      @Override
      public Samples next(NDManager manager) {
        var slice = new NDIndex(next * BATCH + ":" + (next + 1) * BATCH);
        next++;
        NDArray x = inputs.get(slice);
        NDArray y = targets.get(slice);
        x.attach(manager);
        y.attach(manager);
        return new Samples(new NDList(x), new NDList(y), BATCH);
      }
    };
  }
}
