package io.antiphon.models;

/// Checks the sizes of models.
final class Sizes {
  private Sizes() {}

  static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d; it must be at least 1".formatted(name, value));
    }
  }
}
