package io.antiphon.csv;

import java.util.Arrays;

/// A column of numbers, NaN where one is missing.
final class Floats {
  private float[] values = new float[64];
  private int size;

  void add(double value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = (float) value;
  }

  float get(int row) {
    return values[row];
  }

  /// {@return the values of some rows that are not missing}
  float[] present(int[] rows) {
    var present = new float[rows.length];
    int count = 0;
    for (int row : rows) {
      if (!Float.isNaN(values[row])) {
        present[count++] = values[row];
      }
    }
    return Arrays.copyOf(present, count);
  }
}
