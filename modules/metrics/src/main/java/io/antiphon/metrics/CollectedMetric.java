package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import io.antiphon.core.Ranks;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A metric that needs all predictions of a pass at once, because it ranks them.
///
/// They stay on the device until the value is read: 8 bytes for each number of predictions and
/// targets. The value read last outlives the pass.
abstract class CollectedMetric implements Metric {
  private final String name;
  private @Nullable NDManager manager;
  private NDList predictions = new NDList();
  private NDList targets = new NDList();
  private boolean labels;
  private boolean changed;
  private double read = Double.NaN;

  CollectedMetric(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final void reset(Pass pass) {
    manager = pass.manager();
    predictions = new NDList();
    targets = new NDList();
    changed = false;
    read = Double.NaN;
  }

  @Override
  public final void add(Batch batch) {
    NDManager owner = Objects.requireNonNull(manager, "reset(pass) comes before add(batch)");
    labels = Classes.areLabels(batch);
    NDList pair = columns(owner, batch.predictions().head(), batch.targets().head());
    predictions.add(pair.get(0));
    targets.add(pair.get(1));
    changed = true;
  }

  /// {@return whether several of the predicted numbers may hold}
  final boolean labels() {
    return labels;
  }

  /// {@return predictions and targets of a batch, float64 `[B, D]` each, which are compared column
  /// by column}
  ///
  /// @param owner who owns them
  abstract NDList columns(NDManager owner, NDArray predictions, NDArray targets);

  /// {@return the number of one column, NaN if it has none}
  abstract double value(double[] predictions, double[] targets);

  /// {@return whether a column is left out of the mean if its number is NaN}
  abstract boolean skipsNaN();

  @Override
  public final boolean addsUp() {
    return true;
  }

  /// Gathers what all processes collected: each adds its rows to zeros at their place.
  @Override
  public final void addUp(Ranks ranks) {
    NDManager owner = Objects.requireNonNull(manager, "reset(pass) comes before addUp(ranks)");
    var rows = new double[ranks.size()];
    rows[ranks.rank()] = predictions.stream().mapToLong(each -> each.getShape().get(0)).sum();
    ranks.sum(rows, name);
    long[] columns = {predictions.isEmpty() ? 0 : predictions.head().getShape().get(1)};
    ranks.max(columns, name);
    long before = 0;
    for (int i = 0; i < ranks.rank(); i++) {
      before += (long) rows[i];
    }
    long all = (long) java.util.Arrays.stream(rows).sum();
    if (all == 0) {
      return;
    }
    predictions = gathered(ranks, owner, predictions, before, new Shape(all, columns[0]));
    targets = gathered(ranks, owner, targets, before, new Shape(all, columns[0]));
    changed = true;
  }

  private NDList gathered(Ranks ranks, NDManager owner, NDList batches, long before, Shape shape) {
    NDArray whole = owner.zeros(shape, DataType.FLOAT64);
    long at = before;
    for (NDArray batch : batches) {
      long next = at + batch.getShape().get(0);
      whole.set(new NDIndex("{}:{}", at, next), batch);
      at = next;
    }
    ranks.sum(whole, name);
    return new NDList(whole);
  }

  @Override
  public final double value() {
    if (changed) {
      read = mean(columns(predictions), columns(targets));
      changed = false;
    }
    return read;
  }

  private static double[][] columns(NDList batches) {
    try (NDArray all = NDArrays.concat(batches);
        NDArray turned = all.transpose()) {
      double[] values = turned.toDoubleArray();
      int rows = (int) all.getShape().get(0);
      var columns = new double[(int) all.getShape().get(1)][rows];
      for (int i = 0; i < columns.length; i++) {
        System.arraycopy(values, i * rows, columns[i], 0, rows);
      }
      return columns;
    }
  }

  private double mean(double[][] x, double[][] y) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < x.length; i++) {
      double value = value(x[i], y[i]);
      if (!(skipsNaN() && Double.isNaN(value))) {
        sum += value;
        count++;
      }
    }
    return sum / count;
  }

  @Override
  public final String toString() {
    return name;
  }
}
