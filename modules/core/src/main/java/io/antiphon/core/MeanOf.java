package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.TorchScript;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The mean of a quantity over all samples of a pass. The sum stays on the device, in float64.
final class MeanOf implements Metric {
  private final String name;
  private final boolean higherBetter;
  private final Function<Batch, NDArray> values;
  private @Nullable NDArray sum;
  private long count;
  private long countRead;
  private double read = Double.NaN;

  MeanOf(String name, boolean higherBetter, Function<Batch, NDArray> values) {
    this.name = name;
    this.higherBetter = higherBetter;
    this.values = values;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean isHigherBetter() {
    return higherBetter;
  }

  @Override
  public void reset(Pass pass) {
    sum = pass.manager().zeros(new Shape(), DataType.FLOAT64);
    count = 0;
    countRead = 0;
    read = Double.NaN;
  }

  @Override
  public void add(Batch batch) {
    NDArray total = sum;
    if (total == null) {
      throw new IllegalStateException("reset(pass) comes before add(batch)");
    }
    NDArray added = values.apply(batch);
    Shape shape = added.getShape();
    long samples = batch.predictions().head().getShape().get(0);
    if (shape.dimension() == 0 || shape.get(0) != samples) {
      throw new IllegalArgumentException(
          "metric '%s' is given an array of shape %s for %d samples; it must be [%3$d], or [%3$d, …]: one number or more for each sample, not their mean"
              .formatted(name, shape, samples));
    }
    Scripts.ADD.run("add", total, added);
    count += added.size();
  }

  @Override
  public boolean addsUp() {
    return true;
  }

  @Override
  public void addUp(Ranks ranks) {
    NDArray total = sum;
    if (total != null) {
      ranks.sum(total, name);
      double[] counts = {count};
      ranks.sum(counts, name);
      count = (long) counts[0];
    }
  }

  @Override
  public double value() {
    NDArray total = sum;
    if (total != null && countRead != count) {
      read = total.getDouble() / count;
      countRead = count;
    }
    return read;
  }

  @Override
  public String toString() {
    return name;
  }

  /// Compiled when the first batch is added.
  private static final class Scripts {
    static final TorchScript ADD =
        TorchScript.compile(
            """
            def add(total: Tensor, values: Tensor) -> Tensor:
              return torch.add_(total, torch.sum(values, dtype=7))
            """);
  }
}
