package io.antiphon.core;

import java.util.Arrays;

/// Numbers in order, without boxes, in an array that grows: one for each training batch, say.
///
/// It is used by one thread at a time.
public final class Series {
  private static final int FIRST = 256;

  private double[] values = new double[FIRST];
  private int size;

  public Series() {}

  /// Adds a number to the end.
  public void add(double value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  /// Adds numbers to the end.
  public void addAll(double[] more) {
    for (double value : more) {
      add(value);
    }
  }

  /// Fills up with NaN, where this is shorter.
  public void padTo(int length) {
    while (size < length) {
      add(Double.NaN);
    }
  }

  /// Empties this.
  public void clear() {
    size = 0;
  }

  /// {@return how many numbers there are}
  public int size() {
    return size;
  }

  /// {@return a copy of the numbers}
  public double[] toArray() {
    return from(0);
  }

  /// {@return a copy of the numbers from an index on; none if there are not as many}
  public double[] from(int index) {
    return Arrays.copyOfRange(values, Math.min(index, size), size);
  }

  /// {@return the smoothed value after each number, as [Fit#smoothLoss] is}
  public double[] smoothed() {
    var smoothing = new Smoothing();
    double[] smooth = new double[size];
    for (int i = 0; i < size; i++) {
      smoothing.add(values[i]);
      smooth[i] = smoothing.value();
    }
    return smooth;
  }

  @Override
  public String toString() {
    return Arrays.toString(toArray());
  }
}
