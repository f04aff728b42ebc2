package io.antiphon.plot;

import io.antiphon.core.Chart;
import io.antiphon.plot.Canvas.Anchor;
import java.util.ArrayList;
import java.util.List;

/// Curves in one frame.
///
/// @param title what is shown
/// @param across what is shown it by
/// @param logarithmic whether equal steps across are equal factors
/// @param curves the curves, at least one
record Panel(String title, String across, boolean logarithmic, List<Curve> curves) {
  static final int WIDTH = 900;
  static final int HEIGHT = 300;

  private static final int LEFT = 74;
  private static final int RIGHT = 20;
  private static final int TOP = 52;
  private static final int BOTTOM = 46;
  private static final int TICKS_ACROSS = 8;
  private static final int TICKS_UP = 5;
  private static final int INK = 0x1b1f24;
  private static final int SOFT = 0x57606a;
  private static final int GRID = 0xe3e7eb;
  private static final int[] COLOURS = {
    0x0b62c4, 0xc2410c, 0x0f7b55, 0x8b3fb8, 0x8a6100, 0xb4235f, 0x3f6212, 0x475569
  };
  private static final int FAINT = 0x9cc3ef;

  /// A curve.
  ///
  /// @param name what it is called
  /// @param faint whether others are more important
  /// @param dotted whether each of its points is marked
  /// @param x ascending
  /// @param y as many; those that are not finite leave a gap
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Curve(String name, boolean faint, boolean dotted, double[] x, double[] y) {
    boolean isThere(int i) {
      return Double.isFinite(y[i]) && Double.isFinite(x[i]);
    }
  }

  /// Draws it.
  ///
  /// @param down how far down
  void draw(Canvas canvas, int down) {
    new Drawing(canvas, down).draw();
  }

  /// {@return steps of 1, 2 or 5 times a power of ten, at most so many between two numbers}
  static List<Double> ticks(double least, double most, int count) {
    double rough = (most - least) / count;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = power;
    for (double factor : new double[] {1, 2, 5, 10}) {
      step = factor * power;
      if (step >= rough * (1 - 1e-9)) {
        break;
      }
    }
    var ticks = new ArrayList<Double>();
    for (long i = (long) Math.ceil(least / step - 1e-9); i * step <= most + 1e-9 * step; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /// One drawing of it.
  private final class Drawing {
    private final Canvas canvas;
    private final int top;
    private final int bottom;
    private double first = Double.POSITIVE_INFINITY;
    private double last = Double.NEGATIVE_INFINITY;
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;

    Drawing(Canvas canvas, int down) {
      this.canvas = canvas;
      top = down + TOP;
      bottom = down + HEIGHT - BOTTOM;
      for (Curve curve : curves) {
        for (int i = 0; i < curve.x().length; i++) {
          if (curve.isThere(i)) {
            first = Math.min(first, scale(curve.x()[i]));
            last = Math.max(last, scale(curve.x()[i]));
            least = Math.min(least, curve.y()[i]);
            most = Math.max(most, curve.y()[i]);
          }
        }
      }
      if (first > last) { // there is nothing to draw
        first = 0;
        last = 1;
        least = 0;
        most = 1;
      }
      last = last > first ? last : first + 1;
      double room = most > least ? 0.04 * (most - least) : Math.max(Math.abs(most), 1) / 2;
      least -= room;
      most += room;
    }

    void draw() {
      canvas.text(LEFT, top - 32, title, Anchor.START, INK);
      axes();
      double at = LEFT;
      int next = 0;
      for (Curve curve : curves) {
        int colour = curve.faint() ? FAINT : COLOURS[next++ % COLOURS.length];
        curve(curve, colour);
        double end = at + 30 + 8.0 * curve.name().length();
        if (end <= WIDTH) {
          canvas.dot(at + 4, top - 16, 4, colour);
          canvas.text(at + 13, top - 12, curve.name(), Anchor.START, SOFT);
        } else if (at < WIDTH) {
          canvas.text(at, top - 12, "…", Anchor.START, SOFT); // no room for the names of the rest
        }
        at = end <= WIDTH ? end : WIDTH;
      }
    }

    private void axes() {
      for (double tick : ticks(least, most, TICKS_UP)) {
        rule(LEFT, y(tick), WIDTH - RIGHT, y(tick), GRID);
        canvas.text(LEFT - 8, y(tick) + 4, Chart.number(tick), Anchor.END, SOFT);
      }
      if (logarithmic) {
        for (int power = (int) Math.ceil(first - 1e-9); power <= last + 1e-9; power++) {
          across(power, "1e" + power);
        }
      } else {
        ticks(first, last, TICKS_ACROSS).forEach(tick -> across(tick, Chart.number(tick)));
      }
      rule(LEFT, bottom, WIDTH - RIGHT, bottom, SOFT);
      canvas.text((LEFT + WIDTH - RIGHT) / 2.0, bottom + 38, across, Anchor.MIDDLE, SOFT);
    }

    private void across(double tick, String label) {
      rule(x(tick), top, x(tick), bottom, GRID);
      canvas.text(x(tick), bottom + 19, label, Anchor.MIDDLE, SOFT);
    }

    private void rule(double x1, double y1, double x2, double y2, int colour) {
      canvas.line(new double[] {x1, x2}, new double[] {y1, y2}, colour, 1);
    }

    /// Draws a curve, each part between two gaps by itself.
    private void curve(Curve curve, int colour) {
      int from = 0;
      for (int i = 0; i <= curve.x().length; i++) {
        if (i == curve.x().length || !curve.isThere(i)) {
          part(curve, from, i, colour);
          from = i + 1;
        }
      }
    }

    private void part(Curve curve, int from, int to, int colour) {
      double[] x = new double[Math.max(0, to - from)];
      double[] y = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = x(scale(curve.x()[from + i]));
        y[i] = y(curve.y()[from + i]);
        if (curve.dotted() || x.length == 1) {
          canvas.dot(x[i], y[i], 3, colour);
        }
      }
      if (x.length > 1) {
        canvas.line(x, y, colour, curve.faint() ? 1 : 2);
      }
    }

    private double scale(double x) {
      return logarithmic ? Math.log10(x) : x;
    }

    private double x(double scaled) {
      return LEFT + (WIDTH - LEFT - RIGHT) * (scaled - first) / (last - first);
    }

    private double y(double value) {
      return bottom - (bottom - top) * (value - least) / (most - least);
    }
  }
}
