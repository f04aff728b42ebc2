package io.antiphon.dataset;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.StackBatchifier;
import ai.djl.util.Progress;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Batches that come as they come.
public record Readings(int batches) implements Dataset {
  @Override
  public Iterable<Batch> getData(NDManager manager) {
    List<Batch> all =
        IntStream.range(0, batches)
            .mapToObj(i -> {
              var inputs = new float[] {i, 1, 2, i, 3, 4};
              return new Batch(
                  manager.newSubManager(),
                  new NDList(manager.create(inputs, new Shape(3, 2))),
                  new NDList(manager.create(new float[] {i + 0.5f, 1, 2}, new Shape(3))),
                  3,
                  new StackBatchifier(),
                  new StackBatchifier(),
                  i,
                  batches);
            })
            .toList();
    return all;
  }

  @Override
  public void prepare(@Nullable Progress progress) {}
}
