package io.antiphon.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/// Writes small IDX files.
final class IdxFiles {
  private IdxFiles() {}

  static byte[] idx(int magic, int[] shape, byte... data) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * shape.length + data.length).putInt(magic);
    for (int size : shape) {
      bytes.putInt(size);
    }
    return bytes.put(data).array();
  }

  /// {@return images of 28 × 28 pixels, the first pixel of each telling its index}
  static byte[] images(int count) {
    var data = new byte[count * 784];
    for (int i = 0; i < count; i++) {
      data[i * 784] = (byte) i;
    }
    return idx(0x803, new int[] {count, 28, 28}, data);
  }

  /// {@return labels, each the last digit of its index}
  static byte[] labels(int count) {
    var data = new byte[count];
    for (int i = 0; i < count; i++) {
      data[i] = (byte) (i % 10);
    }
    return idx(0x801, new int[] {count}, data);
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  static Path write(Path folder, String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
