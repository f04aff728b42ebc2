package io.antiphon.tensorboard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Reads files of events by what TensorFlow and Protocol Buffers say of their form, not by what
/// writes them.
final class EventReader {
  private EventReader() {}

  /// A message whose fields are known by their numbers alone.
  static final class Fields {
    private final Map<Integer, List<Object>> values = new LinkedHashMap<>();

    boolean has(int field) {
      return values.containsKey(field);
    }

    List<Object> all(int field) {
      return values.getOrDefault(field, List.of());
    }

    long whole(int field) {
      return (Long) values.get(field).getFirst();
    }

    double real(int field) {
      return Double.longBitsToDouble(whole(field));
    }

    float narrow(int field) {
      return Float.intBitsToFloat((int) whole(field));
    }

    byte[] bytes(int field) {
      return (byte[]) values.get(field).getFirst();
    }

    String text(int field) {
      return new String(bytes(field), StandardCharsets.UTF_8);
    }

    Fields message(int field) {
      return parse(bytes(field));
    }

    List<Fields> messages(int field) {
      return all(field).stream().map(each -> parse((byte[]) each)).toList();
    }

    double[] packed(int field) {
      var doubles = ByteBuffer.wrap(bytes(field)).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
      double[] all = new double[doubles.remaining()];
      doubles.get(all);
      return all;
    }
  }

  /// {@return the events of all files in a folder, in the order of the files' names}
  static List<Fields> events(Path folder) throws IOException {
    var events = new ArrayList<Fields>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        if (file.getFileName().toString().contains(".tfevents.")) {
          events.addAll(records(Files.readAllBytes(file)));
        }
      }
    }
    return events;
  }

  private static List<Fields> records(byte[] bytes) {
    var events = new ArrayList<Fields>();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      byte[] head = new byte[8];
      in.get(head);
      check(head, in.getInt());
      byte[] data =
          new byte[Math.toIntExact(ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong())];
      in.get(data);
      check(data, in.getInt());
      events.add(parse(data));
    }
    return events;
  }

  private static void check(byte[] bytes, int masked) {
    int rotated = masked - 0xa282ead8;
    int expected = (rotated >>> 17) | (rotated << 15);
    if (crc32c(bytes) != expected) {
      throw new AssertionError("a checksum is wrong");
    }
  }

  /// CRC-32C of Castagnoli's polynomial, bit by bit.
  static int crc32c(byte[] bytes) {
    int crc = ~0;
    for (byte each : bytes) {
      crc ^= each & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
      }
    }
    return ~crc;
  }

  private static Fields parse(byte[] bytes) {
    var fields = new Fields();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      int key = (int) varint(in);
      Object value =
          switch (key & 7) {
            case 0 -> varint(in);
            case 1 -> in.getLong();
            case 2 -> {
              byte[] inner = new byte[(int) varint(in)];
              in.get(inner);
              yield inner;
            }
            case 5 -> (long) in.getInt();
            default -> throw new AssertionError("there is no wire type " + (key & 7));
          };
      fields.values.computeIfAbsent(key >>> 3, _ -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
