package io.antiphon.mixup;

import java.util.random.RandomGenerator;

/// A rectangle of pixels.
record Box(int top, int left, int height, int width) {
  /// {@return a box around a pixel that is drawn evenly, cut off at the borders of the image}
  ///
  /// @param rows the image's height
  /// @param columns the image's width
  /// @param height the box's height before it is cut off; half of it, rounded down, lies before the
  ///   pixel
  static Box around(int rows, int columns, int height, int width, RandomGenerator random) {
    int x = random.nextInt(columns);
    int y = random.nextInt(rows);
    int top = Math.max(0, y - height / 2);
    int left = Math.max(0, x - width / 2);
    int bottom = Math.min(rows, y - height / 2 + height);
    int right = Math.min(columns, x - width / 2 + width);
    return new Box(top, left, bottom - top, right - left);
  }

  /// {@return the number of pixels}
  int area() {
    return height * width;
  }
}
