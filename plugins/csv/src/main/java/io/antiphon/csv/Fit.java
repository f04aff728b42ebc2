package io.antiphon.csv;

import io.antiphon.data.DataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/// What the training rows tell of each column.
final class Fit {
  private final Csv.Options options;
  private final Layout layout;
  private final Rows rows;
  private final int[] train;
  private final List<String> notes;

  /// @param notes where to note what was filled in
  Fit(Csv.Options options, Layout layout, Rows rows, int[] train, List<String> notes) {
    this.options = options;
    this.layout = layout;
    this.rows = rows;
    this.train = train;
    this.notes = notes;
  }

  /// {@return the numbers, then the categories}
  List<Column> columns() {
    var columns = new ArrayList<Column>();
    for (int i = 0; i < layout.numbers().size(); i++) {
      columns.add(number(layout.numbers().get(i), rows.numbers.get(i)));
    }
    for (int i = 0; i < layout.categories().size(); i++) {
      columns.add(category(layout.categories().get(i), rows.categories.get(i)));
    }
    return columns;
  }

  private Column number(String name, Floats values) {
    float[] present = values.present(train);
    if (present.length == 0) {
      throw new DataException(
          "%s: column '%s' has no value in the rows that train; list it in ignore"
              .formatted(rows.file(), name));
    }
    boolean isMean = options.missing() == Csv.Missing.MEAN;
    double fill = isMean ? mean(present) : median(present);
    int missing = train.length - present.length;
    if (missing > 0) {
      notes.add(
          "column '%s': %,d of %,d missing, %s (the %s) in their place"
              .formatted(name, missing, train.length, text(fill), isMean ? "mean" : "median"));
    }
    double mean = (sum(present) + fill * missing) / train.length;
    double squares = missing * (fill - mean) * (fill - mean);
    for (float value : present) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = Math.sqrt(squares / train.length);
    return Column.number(name, mean, deviation > 0 ? deviation : 1, fill);
  }

  private static String text(double value) {
    return value == Math.rint(value) ? "%.0f".formatted(value) : "%.4g".formatted(value);
  }

  static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  private static double mean(float[] values) {
    return sum(values) / values.length;
  }

  private static double median(float[] values) {
    Arrays.sort(values);
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : ((double) values[half - 1] + values[half]) / 2;
  }

  private Column category(String name, Codes codes) {
    var known = new LinkedHashSet<String>();
    int missing = 0;
    for (int row : train) {
      if (codes.isMissing(row)) {
        missing++;
      } else {
        known.add(codes.value(row));
      }
    }
    if (known.isEmpty()) {
      throw new DataException(
          "%s: column '%s' has no value in the rows that train; list it in ignore"
              .formatted(rows.file(), name));
    }
    if (missing > 0) {
      notes.add(
          "column '%s': %,d of %,d missing, a category of their own"
              .formatted(name, missing, train.length));
    }
    return Column.category(name, List.copyOf(known));
  }
}
