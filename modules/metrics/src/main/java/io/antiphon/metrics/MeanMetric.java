package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The mean of a quantity, over all places that a pass compares.
///
/// The sum stays on the device, in float64; one native call per batch adds to it. The value read
/// last outlives the pass.
abstract class MeanMetric implements Metric {
  private final String name;
  private final boolean higherBetter;
  private @Nullable NDArray sum;
  private long count;
  private long countRead;
  private double read = Double.NaN;

  MeanMetric(String name, boolean higherBetter) {
    this.name = name;
    this.higherBetter = higherBetter;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean isHigherBetter() {
    return higherBetter;
  }

  @Override
  public final void reset(Pass pass) {
    sum = pass.manager().zeros(new Shape(), DataType.FLOAT64);
    count = 0;
    countRead = 0;
    read = Double.NaN;
  }

  @Override
  public final void add(Batch batch) {
    NDArray total = Objects.requireNonNull(sum, "reset(pass) comes before add(batch)");
    count += add(total, batch);
  }

  /// Adds a batch to the sum.
  ///
  /// @param sum float64, `[]`; to be changed in place
  /// @return how many places were added
  abstract long add(NDArray sum, Batch batch);

  /// {@return the metric's value, a function of the mean: the mean itself by default}
  double of(double mean) {
    return mean;
  }

  @Override
  public final double value() {
    if (sum != null && countRead != count) {
      read = of(sum.getDouble() / count);
      countRead = count;
    }
    return read;
  }

  @Override
  public final String toString() {
    return name;
  }
}
