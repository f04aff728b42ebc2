package io.antiphon.metrics;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import java.util.List;
import java.util.stream.IntStream;

/// Given rows, in batches of a given size; the last one may be smaller.
final class Feed {
  private Feed() {}

  static DataLoader of(
      List<float[]> inputs,
      List<float[]> targets,
      Shape row,
      Shape target,
      DataType type,
      int size) {
    List<Integer> all = IntStream.range(0, inputs.size()).boxed().toList();
    return DataLoader.of(
            all,
            (manager, rows) -> {
              int count = rows.size();
              var x = manager.create(flat(inputs, rows), new Shape(count).addAll(row));
              var y = manager.create(flat(targets, rows), new Shape(count).addAll(target));
              return new Samples(
                  new NDList(x),
                  new NDList(type == DataType.FLOAT32 ? y : y.toType(type, false)),
                  count);
            })
        .batchSize(size);
  }

  private static float[] flat(List<float[]> all, List<Integer> rows) {
    var flat = new float[rows.stream().mapToInt(row -> all.get(row).length).sum()];
    int at = 0;
    for (int row : rows) {
      for (float value : all.get(row)) {
        flat[at++] = value;
      }
    }
    return flat;
  }
}
