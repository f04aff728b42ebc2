package io.antiphon.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads schedules from text.
final class ScheduleParser {
  private static final String NUMBER = "[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?";
  private static final Pattern PIECE =
      Pattern.compile("\\s*(?:(" + NUMBER + ")\\s+)?([a-z][a-z-]*)\\s*\\(([^()]*)\\)\\s*(,|$)");
  private static final List<String> NAMES =
      List.of(
          "constant(value)",
          "linear(start, end)",
          "cosine(start, end)",
          "exponential(start, end)",
          "polynomial(start, end, power)",
          "step(start, gamma, every)",
          "multi-step(start, gamma, milestone, …)",
          "cyclical(low, high, cycles, decay)",
          "cosine-restarts(high, low, cycles, multiplier)",
          "warmup-stable-decay(start, peak, end, warm, decay)",
          "one-cycle(start, peak, end, fraction)",
          "linear-points(progress, value, …)",
          "cubic-points(progress, value, …)",
          "akima-points(progress, value, …)");

  private ScheduleParser() {}

  static Schedule parse(String text) {
    if (text.strip().matches(NUMBER)) {
      return Schedule.constant(number(text));
    }
    var pieces = new ArrayList<Schedule.Piece>();
    Schedule alone = null;
    Matcher matcher = PIECE.matcher(text);
    int from = 0;
    boolean more = true;
    while (more) {
      if (!matcher.find(from) || matcher.start() != from) {
        throw wrong(text);
      }
      Schedule schedule = schedule(matcher.group(2), matcher.group(3));
      if (matcher.group(1) == null) {
        alone = schedule;
      } else {
        pieces.add(new Schedule.Piece(number(matcher.group(1)), schedule));
      }
      from = matcher.end();
      more = matcher.group(4).equals(",");
      if (alone != null && (more || !pieces.isEmpty())) {
        throw new IllegalArgumentException(
            "schedule '%s' has several pieces; give each its share of the run, '0.3 linear(0, 1),"
                    .formatted(text.strip())
                + " 0.7 cosine(1, 0)'");
      }
    }
    return alone != null ? alone : Schedule.combine(pieces.toArray(Schedule.Piece[]::new));
  }

  private static Schedule schedule(String name, String list) {
    String[] texts = list.isBlank() ? new String[0] : list.split(",", -1);
    double[] a = new double[texts.length];
    for (int i = 0; i < a.length; i++) {
      a[i] = number(texts[i]);
    }
    return switch (name + "/" + a.length) {
      case "constant/1" -> Schedule.constant(a[0]);
      case "linear/2" -> Schedule.linear(a[0], a[1]);
      case "cosine/2" -> Schedule.cosine(a[0], a[1]);
      case "exponential/2" -> Schedule.exponential(a[0], a[1]);
      case "polynomial/3" -> Schedule.polynomial(a[0], a[1], a[2]);
      case "step/3" -> Schedule.step(a[0], a[1], a[2]);
      case "cyclical/4" -> Schedule.cyclical(a[0], a[1], a[2], a[3]);
      case "cosine-restarts/4" -> Schedule.cosineRestarts(a[0], a[1], whole(name, a[2]), a[3]);
      case "warmup-stable-decay/5" -> Schedule.warmupStableDecay(a[0], a[1], a[2], a[3], a[4]);
      case "one-cycle/4" -> Schedule.oneCycle(a[0], a[1], a[2], a[3]);
      default -> open(name, a);
    };
  }

  /// Those with any number of arguments.
  private static Schedule open(String name, double[] arguments) {
    if (name.equals("multi-step") && arguments.length >= 2) {
      return Schedule.multiStep(
          arguments[0], arguments[1], java.util.Arrays.copyOfRange(arguments, 2, arguments.length));
    }
    for (Interpolation interpolation : Interpolation.values()) {
      if (name.equals(interpolation.text()) && arguments.length % 2 == 0) {
        double[] x = new double[arguments.length / 2];
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
          x[i] = arguments[2 * i];
          y[i] = arguments[2 * i + 1];
        }
        return Schedule.through(interpolation, x, y);
      }
    }
    throw wrong(name + "(" + arguments.length + " arguments)");
  }

  private static int whole(String name, double value) {
    if (value != Math.rint(value)) {
      throw new IllegalArgumentException(
          "schedule '%s' has %s cycles, not a whole number".formatted(name, value));
    }
    return (int) value;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text.strip());
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException("'" + text.strip() + "' in a schedule is no number");
    }
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'%s' is no schedule; there are %s, and pieces of them, '0.3 linear(0, 1), 0.7 cosine(1, 0)'"
            .formatted(text.strip(), String.join(", ", NAMES)));
  }
}
