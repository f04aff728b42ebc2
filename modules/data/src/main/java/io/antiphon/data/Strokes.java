package io.antiphon.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How a digit is written: points in a box, and the pen's ways along them.
///
/// x goes right and y goes down, both in hundredths of the box. A way starts with `~` if the pen
/// swings through its points and with `-` if it goes straight from one to the next; points are
/// named by their index, and a way that ends where it starts is closed. Ways that meet share a
/// point, so that they still meet when points are moved.
final class Strokes {
  private static final List<List<Strokes>> DIGITS =
      List.of(
          List.of(
              of("50,0 16,14 3,50 16,86 50,100 84,86 97,50 84,14", "~0 1 2 3 4 5 6 7 0"),
              of("62,2 25,10 5,45 14,85 45,100 82,86 96,45 86,12", "~0 1 2 3 4 5 6 7 0")),
          List.of(
              of("50,0 50,50 50,100", "-0 1 2"),
              of("22,22 52,0 52,50 52,100", "-0 1 2 3"),
              of("24,22 52,0 52,50 52,100 22,100 82,100", "-0 1 2 3", "-4 3 5")),
          List.of(
              of(
                  "8,26 26,4 62,0 88,22 72,50 36,78 6,100 50,100 94,100",
                  "~0 1 2 3 4 5 6",
                  "-6 7 8"),
              of(
                  "10,24 34,0 74,4 86,30 62,62 26,92 8,88 22,76 50,90 94,96",
                  "~0 1 2 3 4 5 6 7 8 9")),
          List.of(
              of("10,14 40,0 78,8 82,32 40,47 86,60 90,84 52,100 8,88", "~0 1 2 3 4", "~4 5 6 7 8"),
              of("12,2 50,2 86,2 44,42 82,52 92,78 58,100 8,90", "-0 1 2 3", "~3 4 5 6 7")),
          List.of(
              of("64,0 34,36 4,68 50,68 96,68 66,34 66,100", "-0 1 2 3 4", "-0 5 6"),
              of("18,0 12,30 10,56 50,56 94,54 74,4 72,50 70,100", "-0 1 2 3 4", "-5 6 7")),
          List.of(
              of("88,2 54,2 20,2 14,44 52,36 86,50 88,80 52,100 8,88", "-0 1 2 3", "~3 4 5 6 7 8"),
              of("92,6 58,4 26,2 16,46 54,42 82,58 80,86 44,100 6,92", "-0 1 2 3", "~3 4 5 6 7 8")),
          List.of(
              of("72,0 34,18 8,58 20,92 54,100 88,84 84,56 52,46 14,64", "~0 1 2 3 4 5 6 7 8"),
              of("44,0 20,30 6,70 26,98 62,100 88,78 70,54 36,56 12,78", "~0 1 2 3 4 5 6 7 8")),
          List.of(
              of("6,2 50,2 94,2 62,46 36,100", "-0 1 2 3 4"),
              of("6,14 10,2 50,2 94,2 64,46 44,100 36,52 86,50", "-0 1 2 3 4 5", "-6 4 7"),
              of("6,4 50,6 92,2 66,30 50,62 46,100", "-0 1 2", "~2 3 4 5")),
          List.of(
              of(
                  "50,46 16,26 26,4 50,0 76,4 84,26 14,66 12,90 50,100 88,90 86,66",
                  "~0 1 2 3 4 5 0 6 7 8 9 10 0"),
              of("84,12 50,0 18,18 50,46 88,74 64,98 36,98 12,76", "~0 1 2 3 4 5 6 7 3 0")),
          List.of(
              of("88,26 62,2 26,6 8,32 32,54 70,50 86,62 70,100", "~0 1 2 3 4 5 0", "~0 6 7"),
              of("86,18 52,0 14,14 14,46 50,54 84,34 82,60 78,100", "~0 1 2 3 4 5 0", "-0 6 7")));

  private final double[] points;
  private final List<Way> ways;

  private Strokes(double[] points, List<Way> ways) {
    this.points = points;
    this.ways = ways;
  }

  private static Strokes of(String points, String... ways) {
    return new Strokes(
        Arrays.stream(points.split("[ ,]")).mapToDouble(x -> Integer.parseInt(x) / 100.0).toArray(),
        Arrays.stream(ways).map(Way::of).toList());
  }

  /// {@return the ways to write a digit}
  static List<Strokes> of(int digit) {
    return DIGITS.get(digit);
  }

  /// {@return a copy of the points, x and y in turn, in `[0, 1]`}
  double[] points() {
    return points.clone();
  }

  /// {@return the lines that the pen draws through moved points: each four numbers, x and y of its
  /// start and of its end}
  List<double[]> lines(double[] moved) {
    var lines = new ArrayList<double[]>();
    ways.forEach(way -> way.draw(moved, lines));
    return lines;
  }

  private static final class Way {
    private static final int LINES_PER_SWING = 6;

    private final boolean swings;
    private final int[] stops;

    private Way(boolean swings, int[] stops) {
      this.swings = swings;
      this.stops = stops;
    }

    static Way of(String text) {
      return new Way(
          text.charAt(0) == '~',
          Arrays.stream(text.substring(1).split(" ")).mapToInt(Integer::parseInt).toArray());
    }

    void draw(double[] points, List<double[]> lines) {
      int last = stops.length - 1;
      boolean closed = stops[0] == stops[last];
      for (int i = 0; i < last; i++) {
        int from = 2 * stops[i];
        int to = 2 * stops[i + 1];
        double x = points[from];
        double y = points[from + 1];
        if (!swings) {
          lines.add(new double[] {x, y, points[to], points[to + 1]});
          continue;
        }
        int before = 2 * (i > 0 ? stops[i - 1] : closed ? stops[last - 1] : stops[0]);
        int after = 2 * (i + 1 < last ? stops[i + 2] : closed ? stops[1] : stops[last]);
        for (int step = 1; step <= LINES_PER_SWING; step++) {
          double t = step / (double) LINES_PER_SWING;
          double nextX = spline(points[before], points[from], points[to], points[after], t);
          double nextY =
              spline(points[before + 1], points[from + 1], points[to + 1], points[after + 1], t);
          lines.add(new double[] {x, y, nextX, nextY});
          x = nextX;
          y = nextY;
        }
      }
    }

    /// The spline of Catmull and Rom (1974) from b to c, uniform.
    private static double spline(double a, double b, double c, double d, double t) {
      return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }
  }
}
