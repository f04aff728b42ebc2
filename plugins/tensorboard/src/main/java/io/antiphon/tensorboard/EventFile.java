package io.antiphon.tensorboard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.zip.CRC32C;

/// A file of events: records of TensorFlow's form, each the length of its data, a checksum of that,
/// the data, and a checksum of these.
///
/// What the disk did not take is tried again with what comes next.
final class EventFile {
  private static final int MASK = 0xa282ead8;
  private static final int MOST_WAITING = 32 << 20;

  private final Path path;
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private long size;

  private EventFile(Path path) {
    this.path = path;
  }

  /// {@return a file of its own in a folder, not made yet; TensorBoard reads all of a folder as one
  /// run}
  static EventFile in(Path folder) {
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%d.%s.%d",
            Instant.now().getEpochSecond(),
            host(),
            ProcessHandle.current().pid());
    Path path = folder.resolve(name);
    for (int i = 1; Files.exists(path); i++) {
      path = folder.resolve(name + "." + i);
    }
    return new EventFile(path);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9.-]", "-");
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  Path path() {
    return path;
  }

  /// Adds a record, to be written. Too many that the disk does not take are dropped.
  void add(byte[] data) {
    if (waiting.size() > MOST_WAITING) {
      waiting.reset();
    }
    byte[] length = little(Long.BYTES).putLong(data.length).array();
    waiting.writeBytes(length);
    waiting.writeBytes(little(Integer.BYTES).putInt(checksum(length)).array());
    waiting.writeBytes(data);
    waiting.writeBytes(little(Integer.BYTES).putInt(checksum(data)).array());
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// {@return the checksum of bytes that may hold checksums themselves: rotated and moved}
  private static int checksum(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }

  /// Writes the records that are not written yet.
  void write() throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      size = Math.min(size, file.size()); // all of it if somebody took the file away
      file.position(size); // over what a full disk took of a record
      ByteBuffer bytes = ByteBuffer.wrap(waiting.toByteArray());
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      size = file.position();
      file.truncate(size);
    }
    waiting.reset();
  }
}
