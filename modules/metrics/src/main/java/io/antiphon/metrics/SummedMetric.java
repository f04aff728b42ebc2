package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import io.antiphon.core.Ranks;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A metric that is a function of sums over all samples of a pass.
///
/// The sums stay on the device, float64 in one array; one native call per batch adds to them. The
/// value read last outlives the pass.
abstract class SummedMetric implements Metric {
  private final String name;
  private final boolean higherBetter;
  private @Nullable NDManager manager;
  private @Nullable NDArray sums;
  private boolean labels;
  private boolean changed;
  private double read = Double.NaN;

  SummedMetric(String name, boolean higherBetter) {
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
    manager = pass.manager();
    sums = null;
    changed = false;
    read = Double.NaN;
  }

  @Override
  public final void add(Batch batch) {
    NDManager owner = Objects.requireNonNull(manager, "reset(pass) comes before add(batch)");
    labels = Classes.areLabels(batch);
    NDArray x = batch.predictions().head();
    NDArray y = batch.targets().head();
    NDArray total = sums;
    if (total == null) {
      total = owner.zeros(shape(x, y), DataType.FLOAT64);
      sums = total;
    }
    add(total, x, y);
    changed = true;
  }

  /// {@return whether several of the predicted numbers may hold}
  final boolean labels() {
    return labels;
  }

  /// {@return the shape of the sums}
  abstract Shape shape(NDArray predictions, NDArray targets);

  /// Adds a batch to the sums.
  ///
  /// @param sums to be changed in place
  abstract void add(NDArray sums, NDArray predictions, NDArray targets);

  /// {@return the number that the sums make}
  abstract double value(double[] sums);

  @Override
  public final boolean addsUp() {
    return true;
  }

  @Override
  public final void addUp(Ranks ranks) {
    NDArray own = sums;
    long[] length = {own == null ? 0 : own.size()};
    ranks.max(length, name);
    if (length[0] == 0) {
      return;
    }
    if (own == null) { // the others had a row of a small batch, and this one none
      own =
          Objects.requireNonNull(manager, "reset(pass) comes before addUp(ranks)")
              .zeros(new Shape(length[0]), DataType.FLOAT64);
      sums = own;
    }
    addUp(own, ranks);
    changed = true;
  }

  /// Makes this rank's sums those of all ranks, each of which calls this once.
  ///
  /// @param own this rank's, to be changed in place
  void addUp(NDArray own, Ranks ranks) {
    ranks.sum(own, name);
  }

  @Override
  public final double value() {
    if (changed && sums != null) {
      read = value(sums.toDoubleArray());
      changed = false;
    }
    return read;
  }

  @Override
  public final String toString() {
    return name;
  }
}
