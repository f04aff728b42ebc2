package io.antiphon.arrays;

import java.nio.ByteBuffer;

/// What the elements of an array in a file are.
enum ElementType {
  BOOL(1),
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  UINT64(8),
  INT64(8),
  FLOAT16(2),
  BFLOAT16(2),
  FLOAT32(4),
  FLOAT64(8);

  private final int width;

  ElementType(int width) {
    this.width = width;
  }

  /// {@return how many bytes one takes}
  int width() {
    return width;
  }

  boolean isWhole() {
    return switch (this) {
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> false;
      default -> true;
    };
  }

  /// {@return the number at a place of a buffer}
  double number(ByteBuffer from, int at) {
    return switch (this) {
      case FLOAT32 -> from.getFloat(at);
      case FLOAT64 -> from.getDouble(at);
      case FLOAT16 -> Float.float16ToFloat(from.getShort(at));
      case BFLOAT16 -> Float.intBitsToFloat(from.getShort(at) << 16);
      case UINT64 -> {
        long bits = from.getLong(at);
        yield bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
      }
      default -> whole(from, at);
    };
  }

  /// {@return the whole number at a place of a buffer, of a type that has such; `Long.MAX_VALUE`
  /// for what is greater}
  long whole(ByteBuffer from, int at) {
    return switch (this) {
      case BOOL -> from.get(at) == 0 ? 0 : 1;
      case UINT8 -> from.get(at) & 0xff;
      case INT8 -> from.get(at);
      case UINT16 -> from.getShort(at) & 0xffff;
      case INT16 -> from.getShort(at);
      case UINT32 -> Integer.toUnsignedLong(from.getInt(at));
      case INT32 -> from.getInt(at);
      case INT64 -> from.getLong(at);
      case UINT64 -> from.getLong(at) < 0 ? Long.MAX_VALUE : from.getLong(at);
      default -> throw new IllegalStateException(this + " is not whole");
    };
  }
}
