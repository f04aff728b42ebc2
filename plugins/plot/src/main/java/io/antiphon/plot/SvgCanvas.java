package io.antiphon.plot;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Draws in SVG.
final class SvgCanvas implements Canvas {
  private final StringBuilder svg = new StringBuilder();

  SvgCanvas(int width, int height, String title) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
            + " font-family=\"sans-serif\" font-size=\"%d\" role=\"img\">",
        width, height, width, height, LETTERS);
    add("<title>%s</title>", escaped(title));
    add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", width, height);
  }

  @Override
  public void line(double[] x, double[] y, int colour, double width) {
    var points = new StringBuilder();
    for (int i = 0; i < x.length; i++) {
      points.append(String.format(Locale.ROOT, i == 0 ? "%.1f,%.1f" : " %.1f,%.1f", x[i], y[i]));
    }
    add(
        "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\" points=\"%s\"/>",
        hex(colour), width, points);
  }

  @Override
  public void dot(double x, double y, double radius, int colour) {
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\"/>", x, y, radius, hex(colour));
  }

  @Override
  public void text(double x, double y, String text, Anchor anchor, int colour) {
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
        x, y, anchor.name().toLowerCase(Locale.ROOT), hex(colour), escaped(text));
  }

  @Override
  public byte[] toBytes() {
    return (svg + "</svg>\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(int colour) {
    return String.format(Locale.ROOT, "#%06x", colour);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void add(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
