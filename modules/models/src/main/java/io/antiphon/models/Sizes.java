package io.antiphon.models;

/// Checks the sizes of models.
final class Sizes {
  private Sizes() {}

  static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d; it must be at least 1".formatted(name, value));
    }
  }

  static void fraction(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("%s is %s; it must be in [0, 1]".formatted(name, value));
    }
  }
}
