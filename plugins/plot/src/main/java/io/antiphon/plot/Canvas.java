package io.antiphon.plot;

/// What is drawn on: a place for lines and letters, with the origin at the top left.
interface Canvas {
  /// The height of letters.
  int LETTERS = 13;

  /// Where a text stands.
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  /// Draws a line through points.
  ///
  /// @param x in pixels
  /// @param y as many
  /// @param colour red, green and blue in a byte each
  /// @param width of the line, in pixels
  void line(double[] x, double[] y, int colour, double width);

  /// Draws a filled circle.
  void dot(double x, double y, double radius, int colour);

  /// Writes a text on a line.
  ///
  /// @param x where its anchor is
  /// @param y where its line is
  void text(double x, double y, String text, Anchor anchor, int colour);

  /// {@return the picture's file}
  byte[] toBytes();
}
