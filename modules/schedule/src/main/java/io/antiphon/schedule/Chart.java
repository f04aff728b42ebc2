package io.antiphon.schedule;

import java.util.Arrays;
import java.util.Locale;

/// A curve drawn with characters.
///
/// @param width columns of the drawing, without its labels
/// @param height lines of the drawing, at least 2
/// @param logarithmic whether equal steps of x are equal factors
record Chart(int width, int height, boolean logarithmic) {
  static final Chart SCHEDULE = new Chart(60, 8, false);
  static final Chart PROBE = new Chart(72, 18, true);

  /// {@return the drawing in whole lines}
  ///
  /// @param x where the points are, ascending
  /// @param y how high they are; those that are not finite are left out
  String draw(double[] x, double[] y) {
    double least = Arrays.stream(y).filter(Double::isFinite).min().orElse(0);
    double most = Arrays.stream(y).filter(Double::isFinite).max().orElse(0);
    char[][] cells = new char[height][width];
    for (char[] row : cells) {
      Arrays.fill(row, ' ');
    }
    for (int i = 0; i < x.length; i++) {
      if (Double.isFinite(y[i])) {
        double up = most > least ? (y[i] - least) / (most - least) : 0;
        int column = cell(scale(x[i]), scale(x[0]), scale(x[x.length - 1]), width);
        cells[height - 1 - (int) Math.round(up * (height - 1))][column] = '*';
      }
    }
    return framed(cells, x[0], x[x.length - 1], least, most);
  }

  private String framed(char[][] cells, double first, double last, double least, double most) {
    var text = new StringBuilder();
    for (int row = 0; row < height; row++) {
      String label = row == 0 ? number(most) : row == height - 1 ? number(least) : "";
      String line = "%10s |%s".formatted(label, new String(cells[row]));
      text.append(line.stripTrailing()).append('\n');
    }
    String right = number(last);
    text.append(" ".repeat(11)).append('+').append("-".repeat(width)).append('\n');
    text.append(" ".repeat(12))
        .append(number(first))
        .append(" ".repeat(Math.max(1, width - number(first).length() - right.length())))
        .append(right)
        .append('\n');
    return text.toString();
  }

  private double scale(double x) {
    return logarithmic ? Math.log(x) : x;
  }

  private static int cell(double x, double first, double last, int width) {
    return last > first ? (int) Math.round((x - first) / (last - first) * (width - 1)) : 0;
  }

  /// {@return a number for people, four digits}
  static String number(double value) {
    double magnitude = Math.abs(value);
    if (value == Math.rint(value) && magnitude < 1e5) {
      return Long.toString((long) value);
    }
    String text =
        String.format(Locale.ROOT, magnitude >= 1e-3 && magnitude < 1e5 ? "%.4g" : "%.3e", value);
    return text.contains("e") || !text.contains(".")
        ? text.replaceFirst("\\.?0+e", "e")
        : text.replaceFirst("\\.?0+$", "");
  }
}
