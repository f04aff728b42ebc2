package io.antiphon.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Arrays;

/// Values by step, in bounded memory: when there are too many, neighbours become one, their mean.
final class Curve {
  static final int MOST = 2048;

  private long first = -1;
  private long stride = 1;
  private long last;
  private int size;
  private double[] sums = new double[64];
  private double[] counts = new double[64];

  /// Adds a value; one that is not finite leaves a gap.
  void add(long step, double value) {
    if (!Double.isFinite(value) || (first >= 0 && step < first)) {
      return;
    }
    first = first < 0 ? step : first;
    while ((step - first) / stride >= MOST) {
      halve();
    }
    int at = (int) ((step - first) / stride);
    if (at >= sums.length) {
      int length = Math.min(MOST, Math.max(at + 1, 2 * sums.length));
      sums = Arrays.copyOf(sums, length);
      counts = Arrays.copyOf(counts, length);
    }
    sums[at] += value;
    counts[at]++;
    size = Math.max(size, at + 1);
    last = Math.max(last, step);
  }

  private void halve() {
    for (int i = 0; i < size; i++) {
      double sum = sums[i];
      double count = counts[i];
      sums[i] = 0;
      counts[i] = 0;
      sums[i / 2] += sum;
      counts[i / 2] += count;
    }
    size = (size + 1) / 2;
    stride *= 2;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// {@return whether its values are one number}
  boolean isConstant() {
    double[] values = values();
    double least = Arrays.stream(values).filter(Double::isFinite).min().orElse(0);
    double most = Arrays.stream(values).filter(Double::isFinite).max().orElse(0);
    return most - least <= 1e-9 * Math.max(Math.abs(most), Math.abs(least)); // means of equals
  }

  /// {@return the values in order; NaN for a gap}
  double[] values() {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = counts[i] == 0 ? Double.NaN : sums[i] / counts[i];
    }
    return values;
  }

  /// {@return the last value}
  double last() {
    double[] values = values();
    return values[values.length - 1];
  }

  /// {@return the step of a value, the last one of those that became one}
  long step(int index) {
    return Math.min(last, first + stride * (index + 1) - 1);
  }

  boolean isEqual(Curve other) {
    return first == other.first
        && stride == other.stride
        && Arrays.equals(values(), other.values());
  }

  /// {@return at most so many points}
  JsonObject json(String name, int most) {
    Curve shown = this;
    if (size > most) {
      shown = new Curve();
      shown.take(this);
      while (shown.size > most) {
        shown.halve();
      }
    }
    var x = new JsonArray();
    var y = new JsonArray();
    double[] values = shown.values();
    for (int i = 0; i < values.length; i++) {
      if (Double.isFinite(values[i])) {
        x.add(shown.step(i));
        y.add(Numbers.json(values[i]));
      }
    }
    var json = new JsonObject();
    json.addProperty("name", name);
    json.add("x", x);
    json.add("y", y);
    return json;
  }

  private void take(Curve other) {
    first = other.first;
    stride = other.stride;
    last = other.last;
    size = other.size;
    sums = other.sums.clone();
    counts = other.counts.clone();
  }

  Report.SavedCurve saved(Report.Name name) {
    return new Report.SavedCurve(name.chart(), name.series(), first, stride, last);
  }

  /// {@return sums and counts, float64 `[2, N]`}
  NDArray array(NDManager owner) {
    double[][] both = {Arrays.copyOf(sums, size), Arrays.copyOf(counts, size)};
    return owner.create(both);
  }

  static Curve of(Report.SavedCurve saved, NDArray array) {
    double[] both = array.toDoubleArray();
    var curve = new Curve();
    curve.first = saved.first();
    curve.stride = saved.stride();
    curve.last = saved.last();
    curve.size = both.length / 2;
    curve.sums = Arrays.copyOf(both, curve.size);
    curve.counts = Arrays.copyOfRange(both, curve.size, both.length);
    return curve;
  }
}
