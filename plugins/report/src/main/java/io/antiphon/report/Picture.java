package io.antiphon.report;

import io.antiphon.core.Png;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

/// A sample as a picture.
final class Picture {
  private static final int LARGEST = 96;

  private final int width;
  private final int height;
  private final int channels;
  private final byte[] bytes;

  /// @param width in pixels
  /// @param height in pixels
  /// @param channels 1 for grey, 3 for red, green and blue
  /// @param bytes row by row, the channels of a pixel side by side
  private Picture(int width, int height, int channels, byte[] bytes) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.bytes = bytes;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  byte[] bytes() {
    return bytes.clone();
  }

  /// {@return the picture of an array, from its least value to its greatest; larger ones are made
  /// smaller, by means of neighbours}
  ///
  /// @param values `[C, H, W]`
  static Picture of(float[] values, int channels, int height, int width) {
    int step = Math.max(1, Math.ceilDiv(Math.max(height, width), LARGEST));
    int rows = Math.ceilDiv(height, step);
    int columns = Math.ceilDiv(width, step);
    float[] small = new float[channels * rows * columns];
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < small.length; i++) {
      int channel = i / (rows * columns);
      small[i] =
          mean(values, channel, i / columns % rows * step, i % columns * step, step, height, width);
      least = Math.min(least, small[i]);
      most = Math.max(most, small[i]);
    }
    float scale = most > least ? 255 / (most - least) : 0;
    byte[] bytes = new byte[small.length];
    for (int i = 0; i < small.length; i++) {
      int channel = i / (rows * columns);
      int pixel = i % (rows * columns);
      bytes[pixel * channels + channel] = (byte) Math.round((small[i] - least) * scale);
    }
    return new Picture(columns, rows, channels, bytes);
  }

  private static float mean(
      float[] values, int channel, int top, int left, int step, int height, int width) {
    float sum = 0;
    int count = 0;
    for (int y = top; y < Math.min(height, top + step); y++) {
      for (int x = left; x < Math.min(width, left + step); x++) {
        sum += values[(channel * height + y) * width + x];
        count++;
      }
    }
    return sum / count;
  }

  /// {@return it as an address that holds it}
  String url() {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png());
  }

  byte[] png() {
    var png = new ByteArrayOutputStream();
    try {
      new Png(channels, height, width, bytes).write(png);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory
    }
    return png.toByteArray();
  }
}
