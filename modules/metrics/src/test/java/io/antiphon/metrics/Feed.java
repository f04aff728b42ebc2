package io.antiphon.metrics;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import java.util.List;

/// Given rows, in batches of a given size; the last one may be smaller.
record Feed(
    List<float[]> inputs, List<float[]> targets, Shape row, Shape target, DataType type, int size)
    implements DataLoader {
  @Override
  public int batches() {
    return (inputs.size() + size - 1) / size;
  }

  @Override
  public long samples() {
    return inputs.size();
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(new Shape(size).addAll(row));
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
        int from = next * size;
        int to = Math.min(inputs.size(), from + size);
        next++;
        var x = manager.create(flat(inputs.subList(from, to)), new Shape(to - from).addAll(row));
        var y =
            manager.create(flat(targets.subList(from, to)), new Shape(to - from).addAll(target));
        return new Samples(
            new NDList(x),
            new NDList(type == DataType.FLOAT32 ? y : y.toType(type, false)),
            to - from);
      }
    };
  }

  private static float[] flat(List<float[]> rows) {
    var flat = new float[rows.stream().mapToInt(row -> row.length).sum()];
    int at = 0;
    for (float[] row : rows) {
      for (float value : row) {
        flat[at++] = value;
      }
    }
    return flat;
  }
}
