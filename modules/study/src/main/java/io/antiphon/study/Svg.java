package io.antiphon.study;

import java.util.Locale;

/// Pieces of pictures.
final class Svg {
  private Svg() {}

  /// {@return a text}
  ///
  /// @param anchor where it begins: `start`, `middle` or `end` of it lies at the place
  static String text(double x, double y, String anchor, String color, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" style=\"fill:%s;font-size:14px;stroke:var(--paper);stroke-width:4;paint-order:stroke\">%s</text>",
        x,
        y,
        anchor,
        color,
        escaped(text));
  }

  /// {@return a text as SVG shows it}
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
