package io.antiphon.core;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/// An image as a PNG file (ISO/IEC 15948) of 8 bits per channel, without the module that draws
/// windows.
///
/// @param channels 1 for grey, 3 for red, green and blue
/// @param values unsigned bytes, `[H W C]`
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Png(int channels, int height, int width, byte[] values) {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /// {@return the picture of an array, from its least value to its greatest; a larger one is made
  /// smaller, by means of neighbours}
  ///
  /// @param values `[C H W]`
  /// @param channels 1 for grey, 3 for red, green and blue
  /// @param largest the greatest height and width
  public static Png of(float[] values, int channels, int height, int width, int largest) {
    int step = Math.max(1, Math.ceilDiv(Math.max(height, width), largest));
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
    return new Png(channels, rows, columns, bytes);
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

  /// {@return the file's bytes}
  public byte[] toBytes() {
    var file = new ByteArrayOutputStream();
    try {
      write(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory
    }
    return file.toByteArray();
  }

  /// Writes it, and leaves the stream open.
  public void write(OutputStream out) throws IOException {
    var data = new DataOutputStream(out);
    data.write(SIGNATURE);
    var head = new ByteArrayOutputStream();
    try (var fields = new DataOutputStream(head)) {
      fields.writeInt(width);
      fields.writeInt(height);
      fields.write(new byte[] {8, (byte) (channels == 1 ? 0 : 2), 0, 0, 0});
    }
    chunk(data, "IHDR", head.toByteArray());
    var lines = new ByteArrayOutputStream();
    try (var deflated = new DeflaterOutputStream(lines)) {
      for (int y = 0; y < height; y++) {
        deflated.write(0); // no filter
        deflated.write(values, y * width * channels, width * channels);
      }
    }
    chunk(data, "IDAT", lines.toByteArray());
    chunk(data, "IEND", new byte[0]);
    data.flush();
  }

  private static void chunk(DataOutputStream out, String type, byte[] content) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    var crc = new CRC32();
    crc.update(name);
    crc.update(content);
    out.writeInt(content.length);
    out.write(name);
    out.write(content);
    out.writeInt((int) crc.getValue());
  }
}
