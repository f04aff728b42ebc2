package io.antiphon.core;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
