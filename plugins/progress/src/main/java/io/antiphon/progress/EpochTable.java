package io.antiphon.progress;

import io.antiphon.core.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Aligned lines of a table whose columns are known before its rows.
final class EpochTable {
  private static final String GAP = "  ";
  private static final int NUMBER = 8; // 0.123456

  private final List<String> columns = new ArrayList<>();

  /// @param numbers the names of the columns between the first, `epoch`, and the last, `time`
  EpochTable(List<String> numbers) {
    columns.add(Row.EPOCH);
    columns.addAll(numbers);
    columns.add(Row.TIME);
  }

  /// {@return the line of the columns' names}
  String header() {
    return line(columns);
  }

  /// {@return the line of an epoch; `-` where there is no number}
  String row(Row row) {
    var cells = new ArrayList<String>();
    cells.add(Long.toString(row.number()));
    Map<String, Double> numbers = row.numbers();
    columns
        .subList(1, columns.size() - 1)
        .forEach(column -> cells.add(number(numbers.getOrDefault(column, Double.NaN))));
    cells.add(time(row.seconds()));
    return line(cells) + (row.partial() ? "  cut short" : "");
  }

  private String line(List<String> cells) {
    var line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      int width = i == 0 ? columns.getFirst().length() : Math.max(NUMBER, columns.get(i).length());
      String cell = cells.get(i);
      line.append(i == 0 ? "" : GAP).repeat(' ', Math.max(0, width - cell.length())).append(cell);
    }
    return line.toString();
  }

  /// {@return a number in eight characters at most, unless it is huge; `-` for NaN}
  static String number(double value) {
    double size = Math.abs(value);
    if (Double.isNaN(value)) {
      return "-";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    boolean isExponent = (size != 0 && size < 1e-3) || size >= 1e6;
    int digits = isExponent ? 2 : size < 10 ? 6 : 2;
    String format = isExponent ? "%%.%de" : "%%.%df";
    String text = String.format(Locale.ROOT, format.formatted(digits), value);
    int more = Math.min(digits, text.length() - NUMBER);
    return more > 0 ? String.format(Locale.ROOT, format.formatted(digits - more), value) : text;
  }

  /// {@return a time as `0.35s`, `1:02` or `1:02:03`}
  static String time(double seconds) {
    return seconds < 59.995
        ? String.format(Locale.ROOT, "%.2fs", seconds)
        : ProgressBar.clock(seconds);
  }
}
