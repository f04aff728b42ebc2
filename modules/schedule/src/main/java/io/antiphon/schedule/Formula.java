package io.antiphon.schedule;

import io.antiphon.core.Check;
import io.antiphon.core.RefusedException;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/// A schedule with a name.
record Formula(String text, DoubleUnaryOperator formula) implements Schedule {
  /// How far rounding may put a progress from the joint that it stands for.
  static final double DUST = 1e-12;

  static final int MOST_CYCLES = 10_000;
  private static final double LONGEST = 1e9;

  static Formula of(String name, DoubleUnaryOperator formula, double... arguments) {
    for (double argument : arguments) {
      if (!Double.isFinite(argument)) {
        throw new IllegalArgumentException(
            "schedule '%s' has the argument %s, not a finite number".formatted(name, argument));
      }
    }
    String list =
        Arrays.stream(arguments).mapToObj(Formula::number).collect(Collectors.joining(", "));
    return new Formula(name + "(" + list + ")", formula);
  }

  @Override
  public double at(double progress) {
    return formula.applyAsDouble(checked(progress));
  }

  static double checked(double progress) {
    return Check.within("progress", progress, 0, 1);
  }

  /// {@return a schedule's values multiplied}
  static Schedule times(Schedule schedule, double factor) {
    if (!Double.isFinite(factor)) {
      throw new IllegalArgumentException(
          "a schedule is multiplied by " + factor + ", not a finite number");
    }
    return new Formula(term(schedule) + " × " + number(factor), p -> schedule.at(p) * factor);
  }

  /// {@return a schedule's text, such that it is one in a longer text}
  static String term(Schedule schedule) {
    return schedule instanceof Combination ? "(" + schedule + ")" : schedule.toString();
  }

  /// {@return how much longer all cycles are than the first}
  ///
  /// @throws IllegalArgumentException if there are none or too many
  static double cycles(int cycles, double multiplier) {
    if (cycles < 1 || cycles > MOST_CYCLES) {
      throw new IllegalArgumentException(
          "the number of cycles is %d, not 1 to %d".formatted(cycles, MOST_CYCLES));
    }
    positive("the multiplier of cycles", multiplier);
    double sum = 0;
    for (int i = 0; i < cycles; i++) {
      sum += Math.pow(multiplier, i);
    }
    if (!(sum <= LONGEST)) {
      throw new RefusedException(
          "cycles",
          "%d cycles, each %s times as long as the one before, are %s times as long as the first, not at most %s"
              .formatted(cycles, number(multiplier), number(sum), number(LONGEST)));
    }
    return sum;
  }

  static void positive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + " is " + value + ", not greater than 0");
    }
  }

  /// {@return what is left of 1, without rounding's dust}
  static double rest(double sum) {
    return Math.abs(1 - sum) < DUST ? 0 : 1 - sum;
  }

  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  @Override
  public String toString() {
    return text;
  }
}
