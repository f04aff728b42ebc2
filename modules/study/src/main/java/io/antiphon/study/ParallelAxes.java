package io.antiphon.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Parallel coordinates: an axis for each value that a sweep varies and one for what it is judged
/// by, and a line for each trial.
final class ParallelAxes {
  private static final int TOP = 52;
  private static final int BOTTOM = 340;
  private static final int GAP = 190;
  private static final int EDGE = 90;
  private static final int MOST_TICKS = 12;

  private ParallelAxes() {}

  /// {@return the picture, in SVG; empty if no trial has a number}
  ///
  /// @param ranked the trials, the best one first
  static String svg(Plan plan, List<Result> ranked) {
    List<Result> shown =
        ranked.stream().filter(each -> Double.isFinite(each.value(plan.metric()))).toList();
    if (shown.isEmpty()) {
      return "";
    }
    List<Axis> axes = new ArrayList<>();
    plan.axes().forEach((path, space) -> axes.add(Axis.of(path, space)));
    int width = 2 * EDGE + GAP * axes.size();
    var svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" width=\"%1$d\" height=\"%2$d\" role=img aria-label=\"values and %s of %d trials\">"
            .formatted(width, BOTTOM + 24, Svg.escaped(plan.metric()), shown.size()));
    double low = shown.stream().mapToDouble(each -> each.value(plan.metric())).min().orElse(0);
    double high = shown.stream().mapToDouble(each -> each.value(plan.metric())).max().orElse(1);
    for (int i = shown.size() - 1; i >= 0; i--) { // the best one on top
      svg.append(line(plan, axes, shown.get(i), i, shown.size(), low, high));
    }
    for (int i = 0; i < axes.size(); i++) {
      axis(svg, EDGE + GAP * i, axes.get(i).path(), "");
      ticks(svg, EDGE + GAP * i, axes.get(i).space());
    }
    int last = EDGE + GAP * axes.size();
    axis(svg, last, plan.metric(), "better ↑");
    boolean higher = plan.isHigherBetter();
    svg.append(
        Svg.text(last + 8, TOP + 4, "start", "var(--ink)", Cells.number(higher ? high : low)));
    if (low < high) {
      svg.append(
          Svg.text(last + 8, BOTTOM + 4, "start", "var(--ink)", Cells.number(higher ? low : high)));
    }
    return svg.append("</svg>").toString();
  }

  private static String line(
      Plan plan, List<Axis> axes, Result result, int rank, int of, double low, double high) {
    var points = new ArrayList<String>();
    for (int i = 0; i < axes.size(); i++) {
      String value = result.trial().values().getOrDefault(axes.get(i).path(), "");
      points.add(point(EDGE + GAP * i, axes.get(i).space().place(value)));
    }
    double place = low == high ? 0.5 : (result.value(plan.metric()) - low) / (high - low);
    points.add(point(EDGE + GAP * axes.size(), plan.isHigherBetter() ? place : 1 - place));
    String color =
        rank == 0 ? "var(--s1)" : rank < Math.max(1, of / 3) ? "var(--s0)" : "var(--faint)";
    String dashes = result.is(Finding.State.FINISHED) ? "" : ";stroke-dasharray:5 4";
    String values =
        result.trial().values().entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue())
            .collect(Collectors.joining(", "));
    return "<polyline points=\"%s\" style=\"fill:none;stroke:%s;stroke-width:%s%s\"><title>%s</title></polyline>"
        .formatted(
            String.join(" ", points),
            color,
            rank == 0 ? "4" : "2",
            dashes,
            Svg.escaped(
                "trial %s: %s; %s %s, %s"
                    .formatted(
                        result.trial().name(),
                        values,
                        plan.metric(),
                        Cells.number(result.value(plan.metric())),
                        result.state())));
  }

  private static String point(double x, double place) {
    return String.format(Locale.ROOT, "%.1f,%.1f", x, y(place));
  }

  private static double y(double place) {
    return BOTTOM - place * (BOTTOM - TOP);
  }

  private static void axis(StringBuilder svg, int x, String name, String below) {
    svg.append(
        "<line x1=\"%d\" y1=\"%d\" x2=\"%1$d\" y2=\"%d\" style=\"stroke:var(--soft);stroke-width:2\"/>"
            .formatted(x, TOP, BOTTOM));
    svg.append(Svg.text(x, 18, "middle", "var(--ink)", name));
    svg.append(Svg.text(x, 36, "middle", "var(--soft)", below));
  }

  private static void ticks(StringBuilder svg, int x, Axis.Space space) {
    var values = new ArrayList<String>();
    switch (space) {
      case Axis.Range range when range.logarithmic() -> {
        values.add(space.at(0));
        for (int power = (int) Math.ceil(Math.log10(range.low()) + 0.2);
            power < Math.log10(range.high()) - 0.2;
            power++) {
          values.add(Cells.number(Math.pow(10, power)));
        }
        values.add(space.at(1));
      }
      case Axis.Range _ ->
          List.of(0.0, 0.25, 0.5, 0.75, 1.0).forEach(at -> values.add(space.at(at)));
      case Axis.Integers integers -> {
        values.add(space.at(0));
        values.add("" + (integers.low() + integers.high()) / 2);
        values.add(space.at(1));
      }
      case Axis.Choices choices -> choices.values().stream().limit(MOST_TICKS).forEach(values::add);
    }
    values.stream()
        .distinct()
        .sorted(Comparator.comparingDouble(space::place))
        .forEach(value -> {
          double y = y(space.place(value));
          svg.append(
              String.format(
                  Locale.ROOT,
                  "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" style=\"stroke:var(--soft)\"/>",
                  x - 4,
                  y,
                  x + 4,
                  y));
          svg.append(Svg.text(x - 8, y + 5, "end", "var(--soft)", value));
        });
  }
}
