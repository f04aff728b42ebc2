package io.antiphon.tensorboard;

import java.util.Arrays;

/// How values are spread, in 64 equal parts of what lies between the least and the greatest one.
/// Values that are not finite are left out.
///
/// @param least the least value
/// @param most the greatest one
/// @param count how many there are
/// @param sum their sum
/// @param squares the sum of their squares
/// @param limits where each part ends, ascending
/// @param counts how many are in each part
@SuppressWarnings("ArrayRecordComponent") // never compared
record Histogram(
    double least,
    double most,
    long count,
    double sum,
    double squares,
    double[] limits,
    double[] counts) {
  private static final int PARTS = 64;

  static Histogram of(float[] values) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    long count = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        least = Math.min(least, value);
        most = Math.max(most, value);
        sum += value;
        squares += (double) value * value;
        count++;
      }
    }
    if (count == 0) {
      return new Histogram(0, 0, 0, 0, 0, new double[] {0}, new double[] {0});
    }
    if (least == most) {
      return new Histogram(
          least, most, count, sum, squares, new double[] {most}, new double[] {count});
    }
    double[] limits = new double[PARTS];
    for (int i = 0; i < PARTS; i++) {
      limits[i] = i == PARTS - 1 ? most : least + (most - least) * (i + 1) / PARTS;
    }
    double[] counts = new double[PARTS];
    for (float value : values) {
      if (Float.isFinite(value)) {
        int found = Arrays.binarySearch(limits, value); // a limit belongs to the part below it
        counts[found < 0 ? -found - 1 : found]++;
      }
    }
    return new Histogram(least, most, count, sum, squares, limits, counts);
  }
}
