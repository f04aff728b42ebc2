package io.antiphon.mixup;

/// Checks numbers.
final class Fractions {
  private Fractions() {}

  /// {@return the value}
  ///
  /// @throws IllegalArgumentException if it is not in [0, 1]
  static double checked(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("%s is %s; it must be in [0, 1]".formatted(name, value));
    }
    return value;
  }
}
