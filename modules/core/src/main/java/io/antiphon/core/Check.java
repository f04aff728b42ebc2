package io.antiphon.core;

import java.util.Collection;

/// Refuses values of options that are out of range, all in one wording: `alpha is 2; it must be in
/// [0, 1]`.
///
/// Every method returns the value that it lets pass, and throws a [RefusedException] that carries
/// the option's name else. NaN never passes.
public final class Check {
  private Check() {}

  /// {@return the value, which lies in `[least, most]`}
  public static double within(String option, double value, double least, double most) {
    return require(
        value >= least && value <= most, option, value, "in [%s, %s]", text(least), text(most));
  }

  /// {@return the value, which lies in `[least, most]`}
  public static int within(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw refused(option, value, "in [%,d, %,d]".formatted(least, most));
    }
    return value;
  }

  /// {@return the value, which lies in `[least, bound)`}
  public static double below(String option, double value, double least, double bound) {
    return require(
        value >= least && value < bound, option, value, "in [%s, %s)", text(least), text(bound));
  }

  /// {@return the value, which is finite and at least the other}
  public static double atLeast(String option, double value, double least) {
    return require(
        value >= least && value < Double.POSITIVE_INFINITY,
        option,
        value,
        "finite and at least %s",
        text(least));
  }

  /// {@return the value, which is at least the other}
  public static int atLeast(String option, int value, int least) {
    return Math.toIntExact(atLeast(option, (long) value, least));
  }

  /// {@return the value, which is at least the other}
  public static long atLeast(String option, long value, long least) {
    if (value < least) {
      throw refused(option, value, "at least " + least);
    }
    return value;
  }

  /// {@return the value, which is finite and greater than the other}
  public static double above(String option, double value, double bound) {
    return require(
        value > bound && value < Double.POSITIVE_INFINITY,
        option,
        value,
        "finite and greater than %s",
        text(bound));
  }

  /// {@return the value, which is in `(bound, most]`}
  public static double upTo(String option, double value, double bound, double most) {
    return require(
        value > bound && value <= most, option, value, "in (%s, %s]", text(bound), text(most));
  }

  /// {@return the value, which is in `(bound, end)`}
  public static double between(String option, double value, double bound, double end) {
    return require(
        value > bound && value < end, option, value, "in (%s, %s)", text(bound), text(end));
  }

  /// {@return the value, which is finite}
  public static double finite(String option, double value) {
    return require(Double.isFinite(value), option, value, "finite");
  }

  /// {@return the value, which is one of those allowed}
  public static <T> T oneOf(String option, T value, Collection<? extends T> allowed) {
    if (!allowed.contains(value)) {
      throw refused(option, value, "one of " + allowed);
    }
    return value;
  }

  /// {@return the refusal of a value}
  ///
  /// @param allowed what it must be, a clause: `at least min-area, 0.5`
  public static RefusedException refused(String option, Object value, String allowed) {
    Object shown = value instanceof Double number ? text(number) : value;
    return new RefusedException(
        option, "%s is %s; it must be %s".formatted(option, shown, allowed));
  }

  private static double require(
      boolean passes, String option, double value, String allowed, Object... bounds) {
    if (!passes) {
      throw refused(option, value, allowed.formatted(bounds));
    }
    return value;
  }

  /// {@return a number as one would write it: without a fraction of zero}
  private static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
