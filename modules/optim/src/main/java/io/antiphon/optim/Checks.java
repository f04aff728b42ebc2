package io.antiphon.optim;

/// The ranges of options.
final class Checks {
  private Checks() {}

  static void atLeastZero(String name, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(name + " is " + value + ", not a number of at least 0");
    }
  }

  static void fraction(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " is " + value + ", not in [0, 1)");
    }
  }
}
