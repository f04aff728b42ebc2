package io.antiphon.schedule;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/// A schedule with a name.
record Formula(String text, DoubleUnaryOperator formula) implements Schedule {
  /// How far rounding may put a progress from the joint that it stands for.
  static final double DUST = 1e-12;

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
    if (!(progress >= 0 && progress <= 1)) {
      throw new IllegalArgumentException("progress is " + progress + ", not in [0, 1]");
    }
    return progress;
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
