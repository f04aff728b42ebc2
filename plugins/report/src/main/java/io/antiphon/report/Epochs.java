package io.antiphon.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.Row;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The numbers of epochs.
final class Epochs {
  private Epochs() {}

  /// {@return a number of an epoch; NaN if it has none}
  static double value(Row row, String column) {
    return row.numbers().getOrDefault(column, Double.NaN);
  }

  /// {@return the first epoch of those in which a number was best; empty if it never was}
  static Optional<Row> best(List<Row> rows, String column, boolean higherIsBetter) {
    Comparator<Row> by = Comparator.comparingDouble(row -> value(row, column));
    return rows.stream()
        .filter(row -> Double.isFinite(value(row, column)))
        .min(higherIsBetter ? by.reversed() : by);
  }

  /// {@return a number by step as a chart's series, some of its epochs and the last one; empty if
  /// there is none}
  ///
  /// @param name what the series is called
  /// @param most how many points it has, about
  static Optional<JsonObject> series(List<Row> rows, String column, String name, int most) {
    var x = new JsonArray();
    var y = new JsonArray();
    int every = Math.ceilDiv(Math.max(1, rows.size()), most);
    for (int i = 0; i < rows.size(); i++) {
      double value = value(rows.get(i), column);
      if (Double.isFinite(value) && (i % every == 0 || i == rows.size() - 1)) {
        x.add(rows.get(i).step());
        y.add(Numbers.json(value));
      }
    }
    if (x.isEmpty()) {
      return Optional.empty();
    }
    var json = new JsonObject();
    json.addProperty("name", name);
    json.addProperty("points", true);
    json.add("x", x);
    json.add("y", y);
    return Optional.of(json);
  }
}
