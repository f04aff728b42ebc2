package io.antiphon.core;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Curves drawn with characters.
///
/// @param width columns of the drawing, without its labels, at least 1
/// @param height lines of the drawing, at least 2
/// @param logarithmic whether equal steps of x are equal factors
public record Chart(int width, int height, boolean logarithmic) {
  public Chart {
    Check.atLeast("width", width, 1);
    Check.atLeast("height", height, 2);
  }

  /// A curve.
  ///
  /// @param mark the character that draws it
  /// @param x where its points are
  /// @param y how high they are, as many; those that are not finite are left out
  public record Curve(char mark, List<Double> x, List<Double> y) {
    public Curve {
      x = List.copyOf(x);
      y = List.copyOf(y);
      if (x.size() != y.size()) {
        throw new IllegalArgumentException(
            "a curve has %d values of x and %d of y, not as many of both"
                .formatted(x.size(), y.size()));
      }
    }

    private boolean isThere(int point) {
      return Double.isFinite(y.get(point));
    }
  }

  /// {@return one curve of stars, in whole lines}
  ///
  /// @param x where the points are, ascending
  /// @param y how high they are; those that are not finite are left out
  public String draw(double[] x, double[] y) {
    return draw(
        List.of(
            new Curve('*', Arrays.stream(x).boxed().toList(), Arrays.stream(y).boxed().toList())));
  }

  /// {@return the drawing in whole lines; where two curves meet, the later one is seen}
  public String draw(List<Curve> curves) {
    var range = new Range();
    curves.forEach(range::take);
    char[][] cells = new char[height][width];
    for (char[] row : cells) {
      Arrays.fill(row, ' ');
    }
    for (Curve curve : curves) {
      for (int i = 0; i < curve.x().size(); i++) {
        if (curve.isThere(i)) {
          int column = cell(scale(curve.x().get(i)), scale(range.first), scale(range.last), width);
          int up = cell(curve.y().get(i), range.least, range.most, height);
          cells[height - 1 - up][column] = curve.mark();
        }
      }
    }
    return framed(cells, range);
  }

  /// What the axes go from and to.
  private static final class Range {
    private double first = Double.POSITIVE_INFINITY;
    private double last = Double.NEGATIVE_INFINITY;
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;

    void take(Curve curve) {
      for (int i = 0; i < curve.x().size(); i++) {
        first = Math.min(first, curve.x().get(i));
        last = Math.max(last, curve.x().get(i));
        if (curve.isThere(i)) {
          least = Math.min(least, curve.y().get(i));
          most = Math.max(most, curve.y().get(i));
        }
      }
    }
  }

  private String framed(char[][] cells, Range range) {
    var text = new StringBuilder();
    for (int row = 0; row < height; row++) {
      String label = row == 0 ? label(range.most) : row == height - 1 ? label(range.least) : "";
      String line = "%10s |%s".formatted(label, new String(cells[row]));
      text.append(line.stripTrailing()).append('\n');
    }
    String left = label(range.first);
    String right = label(range.last);
    text.append(" ".repeat(11)).append('+').append("-".repeat(width)).append('\n');
    text.append(" ".repeat(12))
        .append(left)
        .append(" ".repeat(Math.max(1, width - left.length() - right.length())))
        .append(right)
        .append('\n');
    return text.toString();
  }

  private static String label(double value) {
    return Double.isFinite(value) ? number(value) : "0";
  }

  private double scale(double x) {
    return logarithmic ? Math.log(x) : x;
  }

  private static int cell(double value, double first, double last, int cells) {
    return last > first ? (int) Math.round((value - first) / (last - first) * (cells - 1)) : 0;
  }

  /// {@return a number for people, four digits}
  public static String number(double value) {
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
