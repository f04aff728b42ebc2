package io.antiphon.schedule;

import io.antiphon.core.Chart;
import java.util.Locale;
import java.util.OptionalDouble;

/// A probe's curve as an SVG picture.
final class LrPicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 440;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 20;
  private static final int BOTTOM = 60;
  private static final String[] COLOURS = {"#d62728", "#2ca02c", "#9467bd", "#ff7f0e"};

  private final LrCurve curve;
  private final LrCurve drawn;
  private final int size;
  private final StringBuilder svg = new StringBuilder();
  private final double first;
  private final double last;
  private final double least;
  private final double most;

  private LrPicture(LrCurve curve) {
    this.curve = curve;
    drawn = curve.drawn();
    size = drawn.losses().size();
    first = size == 0 ? -1 : Math.log10(drawn.lrs().getFirst());
    last = size < 2 ? first + 1 : Math.log10(drawn.lrs().get(size - 1));
    var losses = drawn.losses().stream().mapToDouble(Double::doubleValue);
    var range = losses.summaryStatistics();
    least = size == 0 ? 0 : range.getMin();
    most = size == 0 || range.getMax() == least ? least + 1 : range.getMax();
  }

  static String of(LrCurve curve) {
    var picture = new LrPicture(curve);
    picture.draw();
    return picture.svg.toString();
  }

  private void draw() {
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d'"
            + " font-family='sans-serif' font-size='12'>",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    add("<title>Loss over learning rate</title>");
    add("<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
    axes();
    var points = new StringBuilder();
    for (int i = 0; i < size; i++) {
      points.append(
          String.format(
              Locale.ROOT,
              "%.1f,%.1f ",
              x(Math.log10(drawn.lrs().get(i))),
              y(drawn.losses().get(i))));
    }
    add(
        "<polyline fill='none' stroke='#1f77b4' stroke-width='2' points='%s'/>",
        points.toString().strip());
    Suggestion[] rules = Suggestion.values();
    for (int i = 0; i < rules.length; i++) {
      mark(rules[i], i);
    }
    add("</svg>");
  }

  private void axes() {
    int bottom = HEIGHT - BOTTOM;
    for (int power = (int) Math.ceil(first - 1e-9); power <= last + 1e-9; power++) {
      line(x(power), TOP, x(power), bottom, "#dddddd");
      add("<text x='%.1f' y='%d' text-anchor='middle'>1e%d</text>", x(power), bottom + 18, power);
    }
    for (int i = 0; i <= 5; i++) {
      double loss = least + (most - least) * i / 5;
      line(LEFT, y(loss), WIDTH - RIGHT, y(loss), "#dddddd");
      add(
          "<text x='%d' y='%.1f' text-anchor='end'>%s</text>",
          LEFT - 6, y(loss) + 4, Chart.number(loss));
    }
    line(LEFT, bottom, WIDTH - RIGHT, bottom, "black");
    line(LEFT, TOP, LEFT, bottom, "black");
    add(
        "<text x='%d' y='%d' text-anchor='middle'>learning rate</text>",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 22);
    add(
        "<text transform='translate(16,%d) rotate(-90)' text-anchor='middle'>smoothed loss</text>",
        (TOP + bottom) / 2);
  }

  private void mark(Suggestion rule, int slot) {
    OptionalDouble lr = curve.suggest(rule);
    String name = rule.name().toLowerCase(Locale.ROOT);
    if (lr.isPresent()) {
      double x = x(Math.log10(lr.getAsDouble()));
      add(
          "<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' stroke='%s' stroke-dasharray='5,4'/>",
          x, TOP, x, HEIGHT - BOTTOM, COLOURS[slot]);
    }
    add(
        "<text x='%d' y='%d' fill='%s'>%s %s</text>",
        LEFT + slot * 155,
        HEIGHT - 6,
        COLOURS[slot],
        name,
        lr.isPresent() ? String.format(Locale.ROOT, "%.2e", lr.getAsDouble()) : "none");
  }

  private double x(double power) {
    return LEFT + (WIDTH - LEFT - RIGHT) * (power - first) / (last - first);
  }

  private double y(double loss) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (loss - least) / (most - least);
  }

  private void line(double x1, double y1, double x2, double y2, String colour) {
    add("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s'/>", x1, y1, x2, y2, colour);
  }

  private void add(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
