package io.antiphon.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.torch.Autograd;
import java.time.Duration;
import java.util.List;

/// Gives targets the type and shape that the task has.
record TargetsLoader(DataLoader source, Goal goal, String name) implements DataLoader {
  @Override
  public int batches() {
    return source.batches();
  }

  @Override
  public long samples() {
    return source.samples();
  }

  @Override
  public List<Shape> inputShapes() {
    return source.inputShapes();
  }

  @Override
  public boolean resumesExactly() {
    return source.resumesExactly();
  }

  @Override
  public Batches open(long seed, long epoch, int first) {
    Batches opened = source.open(seed, epoch, first);
    return new Batches() {
      @Override
      public boolean hasNext() {
        return opened.hasNext();
      }

      @Override
      public Samples next(NDManager manager) {
        Samples batch = opened.next(manager);
        return new Samples(
            batch.inputs(), new NDList(targets(batch.targets().head())), batch.size());
      }

      @Override
      public Duration waited() {
        return opened.waited();
      }

      @Override
      public void close() {
        opened.close();
      }
    };
  }

  private NDArray targets(NDArray given) {
    boolean isClass = goal == Goal.CLASSIFICATION;
    DataType type = isClass ? DataType.INT64 : DataType.FLOAT32;
    long samples = given.getShape().get(0);
    Shape shape =
        isClass ? new Shape(samples) : new Shape(samples, given.size() / Math.max(1, samples));
    NDArray now = given;
    try (var _ = Autograd.off()) {
      if (!now.getDataType().equals(type)) {
        now = replaced(now, now.toType(type, false));
      }
      return now.getShape().equals(shape) ? now : replaced(now, now.reshape(shape));
    }
  }

  private static NDArray replaced(NDArray old, NDArray by) {
    old.close();
    return by;
  }

  @Override
  public String toString() {
    return "%s, %,d samples".formatted(name, samples());
  }
}
