package io.antiphon.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;

/// Histograms in the order of their steps, in bounded memory: when there are too many, neighbours
/// become one, their mean.
final class Strip {
  static final int MOST = 128;

  private final int bins;
  private final double[][] sums = new double[MOST][];
  private final int[] counts = new int[MOST];
  private int each = 1;
  private int size;

  /// @param bins of a histogram
  Strip(int bins) {
    this.bins = bins;
  }

  /// Adds a histogram.
  void add(float[] histogram) {
    if (size == 0 || counts[size - 1] == each) {
      if (size == MOST) {
        halve();
      }
      sums[size] = new double[bins];
      counts[size++] = 0;
    }
    for (int i = 0; i < bins; i++) {
      sums[size - 1][i] += histogram[i];
    }
    counts[size - 1]++;
  }

  private void halve() {
    for (int i = 0; i < MOST / 2; i++) {
      double[] sum = sums[2 * i];
      for (int bin = 0; bin < bins; bin++) {
        sum[bin] += sums[2 * i + 1][bin];
      }
      sums[i] = sum;
      counts[i] = counts[2 * i] + counts[2 * i + 1];
    }
    size = MOST / 2;
    each *= 2;
  }

  /// {@return how many histograms there are}
  int size() {
    return size;
  }

  /// {@return how many bins from below hold all but a thousandth of the values at any time}
  int filled() {
    int filled = 0;
    for (int i = 0; i < size; i++) {
      double above = 0;
      for (int bin = bins - 1; bin >= filled; bin--) {
        above += share(i, bin);
        if (above > 1e-3) {
          filled = bin + 1;
        }
      }
    }
    return filled;
  }

  /// {@return the share of values in a bin of a histogram, in [0, 1]}
  double share(int index, int bin) {
    return sums[index][bin] / counts[index];
  }

  /// {@return how many were added for each, and their sums, float64 `[N, 1 + bins]`}
  NDArray array(NDManager owner) {
    double[][] rows = new double[size][];
    for (int i = 0; i < size; i++) {
      rows[i] = new double[1 + bins];
      rows[i][0] = counts[i];
      System.arraycopy(sums[i], 0, rows[i], 1, bins);
    }
    return owner.create(rows);
  }

  static Strip of(NDArray array) {
    int width = (int) array.getShape().get(1);
    double[] all = array.toDoubleArray();
    var strip = new Strip(width - 1);
    strip.size = all.length / width;
    for (int i = 0; i < strip.size; i++) {
      strip.counts[i] = (int) all[i * width];
      strip.sums[i] = Arrays.copyOfRange(all, i * width + 1, (i + 1) * width);
      strip.each = Math.max(strip.each, strip.counts[i]);
    }
    return strip;
  }
}
