package io.antiphon.study;

import java.util.List;
import java.util.Locale;

/// Differences with their confidence intervals, one below the other, against zero.
final class Intervals {
  private static final int LEFT = 210;
  private static final int RIGHT = 640;
  private static final int WIDTH = 760;
  private static final int LINE = 30;

  private Intervals() {}

  /// {@return the picture, in SVG; empty if there is nothing to draw}
  static String svg(List<Ablation.Effect> effects, boolean higherIsBetter) {
    double low = 0;
    double high = 0;
    for (Ablation.Effect effect : effects) {
      Paired pairs = effect.pairs();
      for (double end : new double[] {pairs.mean(), pairs.low(), pairs.high()}) {
        low = Double.isFinite(end) ? Math.min(low, end) : low;
        high = Double.isFinite(end) ? Math.max(high, end) : high;
      }
    }
    if (low == high) {
      return "";
    }
    var svg = new StringBuilder();
    int height = LINE * effects.size() + 60;
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" width=\"%1$d\" height=\"%2$d\" role=img aria-label=\"what each callback brings, with 95 %% confidence intervals\">"
            .formatted(WIDTH, height));
    double zero = x(0, low, high);
    svg.append(line(zero, 6, zero, height - 48, "var(--soft)", 1));
    for (int i = 0; i < effects.size(); i++) {
      Ablation.Effect effect = effects.get(i);
      Paired pairs = effect.pairs();
      int y = LINE * i + LINE / 2 + 4;
      String color =
          switch (Ablation.verdict(effect, higherIsBetter)) {
            case "helps" -> "var(--good)";
            case "harms" -> "var(--bad)";
            default -> "var(--s0)";
          };
      svg.append(Svg.text(8, y + 5, "start", "var(--ink)", effect.variant()));
      if (!Double.isFinite(pairs.mean())) {
        continue;
      }
      double mean = x(pairs.mean(), low, high);
      if (Double.isFinite(pairs.low())) {
        svg.append(line(x(pairs.low(), low, high), y, x(pairs.high(), low, high), y, color, 3));
      }
      svg.append(
          "<circle cx=\"%.1f\" cy=\"%d\" r=\"6\" style=\"fill:%s\"/>".formatted(mean, y, color));
      svg.append(Svg.text(RIGHT + 14, y + 5, "start", "var(--soft)", Cells.signed(pairs.mean())));
    }
    svg.append(Svg.text(zero, height - 30, "middle", "var(--soft)", "0"));
    svg.append(
        Svg.text(
            Math.min(zero, WIDTH - 150), // half the length of what it says
            height - 8,
            "middle",
            "var(--soft)",
            higherIsBetter
                ? "without it is better ← | → with it is better"
                : "with it is better ← | → without it is better"));
    return svg.append("</svg>").toString();
  }

  private static double x(double value, double low, double high) {
    return LEFT + (value - low) / (high - low) * (RIGHT - LEFT);
  }

  private static String line(double x1, double y1, double x2, double y2, String color, int width) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" style=\"stroke:%s;stroke-width:%d\"/>",
        x1,
        y1,
        x2,
        y2,
        color,
        width);
  }
}
