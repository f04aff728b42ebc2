package io.antiphon.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads schedules from text.
final class ScheduleParser {
  private static final String NUMBER = "[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?";
  private static final Pattern PLAIN = Pattern.compile(NUMBER);
  private static final Pattern NAME = Pattern.compile("[a-z][a-z-]*");
  private static final Pattern ARGUMENTS = Pattern.compile("\\(([^()]*)\\)");
  private static final int DEPTH = 50;

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

  private final String text;
  private final Matcher matcher;
  private int at;
  private int depth;

  private ScheduleParser(String text) {
    this.text = text;
    this.matcher = PLAIN.matcher(text);
  }

  /// Reads `whole = number | term | share term {, share term}`, `term = (name(numbers) | (whole))
  /// {× number}`.
  static Schedule parse(String text) {
    var parser = new ScheduleParser(text.strip());
    Schedule schedule = parser.whole();
    if (parser.at < parser.text.length()) {
      throw parser.wrong();
    }
    return schedule;
  }

  private Schedule whole() {
    Optional<String> number = take(PLAIN);
    if (number.isEmpty()) {
      Schedule alone = term();
      if (is(',')) {
        throw severalPieces();
      }
      return alone;
    }
    if (at == text.length() || is(')')) {
      return Schedule.constant(number(number.get()));
    }
    var pieces = new ArrayList<Schedule.Piece>();
    pieces.add(new Schedule.Piece(number(number.get()), term()));
    while (is(',')) {
      at++;
      String share = take(PLAIN).orElseThrow(this::severalPieces);
      pieces.add(new Schedule.Piece(number(share), term()));
    }
    return Schedule.combine(pieces.toArray(Schedule.Piece[]::new));
  }

  private Schedule term() {
    Schedule schedule = atom();
    while (is('×') || is('*')) {
      at++;
      schedule = schedule.times(number(take(PLAIN).orElseThrow(this::wrong)));
    }
    return schedule;
  }

  private Schedule atom() {
    if (is('(') && depth < DEPTH) {
      at++;
      depth++;
      Schedule inner = whole();
      if (!is(')')) {
        throw wrong();
      }
      at++;
      depth--;
      return inner;
    }
    String name = take(NAME).orElseThrow(this::wrong);
    String arguments = take(ARGUMENTS).orElseThrow(this::wrong);
    return schedule(name, arguments.substring(1, arguments.length() - 1));
  }

  /// {@return whether that character is next}
  private boolean is(char next) {
    skip();
    return at < text.length() && text.charAt(at) == next;
  }

  private Optional<String> take(Pattern pattern) {
    skip();
    matcher.usePattern(pattern).region(at, text.length());
    if (!matcher.lookingAt()) {
      return Optional.empty();
    }
    at = matcher.end();
    skip();
    return Optional.of(matcher.group());
  }

  private void skip() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException severalPieces() {
    return new IllegalArgumentException(
        "schedule '%s' has several pieces; give each its share of the run, '0.3 linear(0, 1), 0.7 cosine(1, 0)'"
            .formatted(text));
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
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "schedule '%s' has %s cycles, not a whole number of them".formatted(name, value));
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

  private IllegalArgumentException wrong() {
    return wrong(text);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'%s' is no schedule; there are %s, and pieces of them, '0.3 linear(0, 1), 0.7 cosine(1, 0)'"
            .formatted(text.strip(), String.join(", ", NAMES)));
  }
}
