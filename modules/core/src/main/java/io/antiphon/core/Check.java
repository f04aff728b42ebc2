package io.antiphon.core;

import io.antiphon.torch.Machine;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// Refuses values of options that are out of range, all in one wording: `alpha is 2; it must be in
/// [0, 1]`.
///
/// Every method returns the value that it lets pass, and throws a [RefusedException] that carries
/// the option's name else. NaN never passes.
public final class Check {
  private static final List<String> UNITS =
      List.of("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

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

  /// Refuses what takes more memory than this machine has, before any of it is taken. Where the
  /// operating system does not tell how much there is, nothing is refused.
  ///
  /// @param value what the option is
  /// @param bytes what it takes at least
  public static void fits(String option, Object value, double bytes) {
    OptionalLong memory = Machine.memory();
    if (memory.isPresent() && bytes > memory.getAsLong()) {
      throw new RefusedException(
          option,
          "%s is %s, which takes %s of memory, and there are %s here"
              .formatted(option, value, bytes(bytes), bytes(memory.getAsLong())));
    }
  }

  /// {@return a number of bytes for people, `1.5 GiB`}
  public static String bytes(double bytes) {
    double amount = bytes;
    int unit = 0;
    while (amount >= 1024 && unit < UNITS.size() - 1) {
      amount /= 1024;
      unit++;
    }
    return unit == 0
        ? "%.0f bytes".formatted(amount)
        : String.format(Locale.ROOT, "%,.1f %s", amount, UNITS.get(unit));
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
