package io.antiphon.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A message as Protocol Buffers encode it: fields by their numbers, in the order in which they are
/// added. A number that is 0 is written too.
final class Message {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Message whole(int field, long value) {
    key(field, VARINT);
    varint(value);
    return this;
  }

  Message real(int field, double value) {
    key(field, FIXED_64);
    out.writeBytes(little(Double.BYTES).putDouble(value).array());
    return this;
  }

  /// Adds a number of 32 bits.
  Message narrow(int field, float value) {
    key(field, FIXED_32);
    out.writeBytes(little(Float.BYTES).putFloat(value).array());
    return this;
  }

  Message text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Message message(int field, Message value) {
    return bytes(field, value.toBytes());
  }

  Message bytes(int field, byte[] value) {
    key(field, BYTES);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  /// Adds numbers side by side.
  Message packed(int field, double[] values) {
    var all = new ByteArrayOutputStream();
    for (double value : values) {
      all.writeBytes(little(Double.BYTES).putDouble(value).array());
    }
    return bytes(field, all.toByteArray());
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  private void key(int field, int type) {
    varint(((long) field << 3) | type);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
