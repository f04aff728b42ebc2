package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import io.antiphon.core.Ranks;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The mean of a quantity, over all places that a pass compares.
///
/// The sum stays on the device, in float64, and beside it the number of places that turned out to
/// be left out; one native call per batch adds to them. The value read last outlives the pass.
abstract class MeanMetric implements Metric {
  private final String name;
  private final boolean higherBetter;
  private @Nullable NDArray both;
  private @Nullable NDArray sum;
  private @Nullable NDArray left;
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
    NDArray zeros = pass.manager().zeros(new Shape(2), DataType.FLOAT64);
    both = zeros;
    sum = zeros.get(0); // views
    left = zeros.get(1);
    count = 0;
    countRead = 0;
    read = Double.NaN;
  }

  @Override
  public final void add(Batch batch) {
    count += add(begun(sum), batch);
  }

  private static NDArray begun(@Nullable NDArray array) {
    return Objects.requireNonNull(array, "reset(pass) comes before add(batch)");
  }

  /// {@return how many of the places are left out, float64, `[]`; to be changed in place by [#add]}
  final NDArray left() {
    return begun(left);
  }

  /// Adds a batch to the sum.
  ///
  /// @param sum float64, `[]`; to be changed in place
  /// @return how many places there are, with those that are left out
  abstract long add(NDArray sum, Batch batch);

  /// {@return the metric's value, a function of the mean: the mean itself by default}
  double of(double mean) {
    return mean;
  }

  @Override
  public final boolean addsUp() {
    return true;
  }

  @Override
  public final void addUp(Ranks ranks) {
    ranks.sum(begun(both), name);
    double[] counts = {count};
    ranks.sum(counts, name);
    count = (long) counts[0];
    countRead = 0;
  }

  @Override
  public final double value() {
    if (both != null && countRead != count) {
      double[] values = both.toDoubleArray();
      read = of(values[0] / (count - values[1]));
      countRead = count;
    }
    return read;
  }

  @Override
  public final String toString() {
    return name;
  }
}
