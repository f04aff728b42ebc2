package io.antiphon.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.Series;
import java.util.Arrays;
import java.util.List;

/// The losses of a probe of learning rates.
///
/// @param rates of each batch
/// @param losses of each batch, smoothed; as far as they do not press the rest flat
record Probe(List<Double> rates, List<Double> losses) {
  static final Probe NONE = new Probe(List.of(), List.of());

  private static final int MOST_POINTS = 1000;

  /// {@return what was probed}
  ///
  /// @param losses of the batches, not smoothed
  static Probe of(Series rates, double[] losses) {
    var raw = new Series();
    raw.addAll(losses);
    int size = Math.min(rates.size(), raw.size());
    double[] smoothed = Arrays.copyOf(raw.smoothed(), size);
    double[] x = Arrays.copyOf(rates.toArray(), size);
    double start = size == 0 ? 0 : smoothed[0];
    double least = Arrays.stream(smoothed).filter(Double::isFinite).min().orElse(0);
    double ceiling = start + 0.5 * (start - least) + 0.1 * Math.abs(start);
    int end = 0;
    while (end < size && smoothed[end] <= ceiling) {
      end++;
    }
    int shown = Math.max(end, Math.min(size, 2));
    return new Probe(list(Arrays.copyOf(x, shown)), list(Arrays.copyOf(smoothed, shown)));
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  boolean isEmpty() {
    return rates.isEmpty();
  }

  /// {@return it as a chart}
  JsonObject chart() {
    int every = Math.ceilDiv(rates.size(), MOST_POINTS);
    var x = new JsonArray();
    var y = new JsonArray();
    for (int i = 0; i < rates.size(); i++) {
      boolean isNew = i == 0 || rates.get(i) > rates.get(i - 1);
      if (i % every == 0 && isNew && Double.isFinite(losses.get(i))) {
        x.add(Numbers.json(rates.get(i)));
        y.add(Numbers.json(losses.get(i)));
      }
    }
    var series = new JsonObject();
    series.addProperty("name", "smoothed loss");
    series.add("x", x);
    series.add("y", y);
    var all = new JsonArray();
    all.add(series);
    var chart = new JsonObject();
    chart.addProperty("name", "learning-rate finder");
    chart.addProperty("x", "learning rate");
    chart.addProperty("log", true);
    chart.add("series", all);
    return chart;
  }
}
