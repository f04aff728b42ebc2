package io.antiphon.vision;

/// How an image of another shape comes to the size that is wanted.
public enum Resize {
  /// The middle is kept, as much of it as has the wanted shape.
  CROP,
  /// All is kept, with black beside it.
  PAD,
  /// All is kept, with other proportions.
  SQUISH;

  /// {@return what is kept of an image of a size, and where it goes in the wanted size}
  Box box(double high, double wide, int height, int width) {
    return switch (this) {
      case SQUISH -> new Box(0, 0, high, wide, height, width);
      case CROP -> {
        double scale = Math.max(height / high, width / wide);
        double tall = Math.min(high, height / scale);
        double broad = Math.min(wide, width / scale);
        yield new Box((high - tall) / 2, (wide - broad) / 2, tall, broad, height, width);
      }
      case PAD -> {
        double scale = Math.min(height / high, width / wide);
        int rows = Math.clamp(Math.round(high * scale), 1, height);
        int columns = Math.clamp(Math.round(wide * scale), 1, width);
        yield new Box(0, 0, high, wide, rows, columns);
      }
    };
  }
}
