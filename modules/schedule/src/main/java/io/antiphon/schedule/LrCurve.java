package io.antiphon.schedule;

import io.antiphon.core.Chart;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// What a probe of learning rates found.
///
/// @param lrs the rate of each batch, of the model's last part, ascending
/// @param losses the smoothed loss after each batch; the last one may be infinite or not a number
/// @param planned how many batches the probe would have been without divergence
/// @param diverged whether the loss diverged
public record LrCurve(List<Double> lrs, List<Double> losses, int planned, boolean diverged) {
  private static final int LAST_LEFT_OUT = 5;
  private static final double LEAST_RANGE = 0.2;
  private static final Chart PROBE = new Chart(72, 18, true);

  public LrCurve {
    lrs = List.copyOf(lrs);
    losses = List.copyOf(losses);
    if (lrs.size() != losses.size()) {
      throw new IllegalArgumentException(
          "%d rates and %d losses, not as many of both".formatted(lrs.size(), losses.size()));
    }
  }

  /// {@return a learning rate by a rule; empty if the curve shows none}
  public OptionalDouble suggest(Suggestion rule) {
    int from = planned / 10;
    int to = from;
    while (to < losses.size() - LAST_LEFT_OUT && Double.isFinite(losses.get(to))) {
      to++;
    }
    return rule.suggest(array(lrs, from, to), array(losses, from, to));
  }

  private static double[] array(List<Double> list, int from, int to) {
    return from >= to
        ? new double[0]
        : list.subList(from, to).stream().mapToDouble(Double::doubleValue).toArray();
  }

  /// {@return the rates and losses as a table in whole lines}
  public String table() {
    var text = new StringBuilder("%5s  %12s  %12s%n".formatted("batch", "lr", "loss"));
    for (int i = 0; i < lrs.size(); i++) {
      text.append(
          String.format(Locale.ROOT, "%5d  %12.4e  %12.6f%n", i, lrs.get(i), losses.get(i)));
    }
    return text.toString();
  }

  /// {@return the suggestions in whole lines, one for each rule}
  public String suggestions() {
    var text = new StringBuilder();
    for (Suggestion rule : Suggestion.values()) {
      OptionalDouble lr = suggest(rule);
      text.append(
          "%-8s %s%n"
              .formatted(
                  rule.name().toLowerCase(Locale.ROOT),
                  lr.isPresent()
                      ? String.format(Locale.ROOT, "%.3e  %s", lr.getAsDouble(), rule.meaning())
                      : "none: the curve shows no " + rule.name().toLowerCase(Locale.ROOT)));
    }
    return text.toString();
  }

  /// {@return the curve drawn with characters, loss over the logarithm of the rate, in whole lines;
  /// without the climb of a loss that diverges, but for its first steps}
  public String chart() {
    LrCurve drawn = drawn();
    int size = drawn.losses.size();
    if (size == 0) {
      return "no finite loss to draw\n";
    }
    return PROBE.draw(array(drawn.lrs, 0, size), array(drawn.losses, 0, size));
  }

  /// {@return what is drawn of this: the curve up to the first loss that is not finite, without the
  /// climb at its end, and no higher than half again as high as it was before its lowest point,
  /// lest a loss that diverges press the rest flat}
  LrCurve drawn() {
    int size = 0;
    int lowest = 0;
    while (size < losses.size() && Double.isFinite(losses.get(size))) {
      lowest = losses.get(size) < losses.get(lowest) ? size : lowest;
      size++;
    }
    if (size == 0) {
      return new LrCurve(List.of(), List.of(), planned, diverged);
    }
    double least = losses.get(lowest);
    double start = losses.subList(0, lowest + 1).stream().sorted().toList().get(lowest / 2);
    double before = Math.max(start, losses.getFirst()) - least;
    double ceiling = least + Math.max(1.5 * before, LEAST_RANGE * Math.abs(least));
    while (size > lowest + 2 && losses.get(size - 2) > ceiling) {
      size--; // one point above the ceiling stays, so that the climb is seen
    }
    List<Double> cut =
        losses.subList(0, size).stream().map(loss -> Math.min(loss, ceiling)).toList();
    return new LrCurve(lrs.subList(0, size), cut, planned, diverged);
  }

  /// {@return the curve as an SVG picture, with the suggestions marked}
  public String svg() {
    return LrPicture.of(this);
  }
}
