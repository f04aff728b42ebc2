package io.antiphon.arrays;

import io.antiphon.data.DataException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// NumPy's `.npz`: a zip file of `.npy` files.
///
/// What `numpy.savez` writes lies in it as it is, and is read there. What `savez_compressed` writes
/// is unpacked into memory outside the heap when it is asked for. The standard library does not
/// tell where in a file an entry lies, so its directory is read here (PKWARE's APPNOTE 6.3,
/// sections 4.3 and 4.5.3), with the extension for large files that NumPy uses.
record Npz(Path path, MemorySegment file) {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int END_BYTES = 22;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final long IN_EXTRA = 0xffffffffL;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int MOST_TIMES = 1100;

  /// {@return whether a file begins as such do}
  static boolean is(MemorySegment file) {
    return file.byteSize() >= END_BYTES && (file.get(INT, 0) == LOCAL || file.get(INT, 0) == END);
  }

  /// {@return the arrays by their names, each read when it is asked for}
  Map<String, Supplier<StoredArray>> arrays() {
    try {
      var arrays = new LinkedHashMap<String, Supplier<StoredArray>>();
      long end = end();
      long count = Short.toUnsignedLong(file.get(SHORT, end + 10));
      long at = Integer.toUnsignedLong(file.get(INT, end + 16));
      if (end >= 20 && file.get(INT, end - 20) == LOCATOR_64) {
        long large = file.get(LONG, end - 20 + 8);
        require(file.get(INT, large) == END_64);
        count = file.get(LONG, large + 32);
        at = file.get(LONG, large + 48);
      }
      for (long i = 0; i < count; i++) {
        require(file.get(INT, at) == CENTRAL);
        int nameLength = unsigned(at + 28);
        int extraLength = unsigned(at + 30);
        var name =
            new String(
                file.asSlice(at + 46, nameLength).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
        Entry entry = entry(at, at + 46 + nameLength, extraLength);
        if (name.endsWith(".npy")) {
          String array = name.substring(0, name.length() - ".npy".length());
          arrays.put(array, () -> Npy.read(what(array), bytes(array, entry)));
        }
        at += 46 + nameLength + extraLength + unsigned(at + 32);
      }
      return arrays;
    } catch (IndexOutOfBoundsException e) {
      throw new DataException("%s is damaged: its directory is not whole".formatted(path), e);
    }
  }

  private String what(String array) {
    return "'%s' in %s".formatted(array, path);
  }

  private void require(boolean holds) {
    if (!holds) {
      throw new DataException("%s is damaged: its directory is not whole".formatted(path));
    }
  }

  private int unsigned(long at) {
    return Short.toUnsignedInt(file.get(SHORT, at));
  }

  /// {@return where the record lies that ends the directory}
  private long end() {
    long last = file.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
      if (file.get(INT, at) == END) {
        return at;
      }
    }
    throw new DataException("%s is damaged or truncated: its directory is missing".formatted(path));
  }

  private record Entry(int flags, int method, int crc, long packed, long size, long start) {}

  private Entry entry(long at, long extra, int extraLength) {
    long[] sizes = {
      Integer.toUnsignedLong(file.get(INT, at + 24)),
      Integer.toUnsignedLong(file.get(INT, at + 20)),
      Integer.toUnsignedLong(file.get(INT, at + 42))
    };
    for (long field = extra; field + 4 <= extra + extraLength; field += 4 + unsigned(field + 2)) {
      long value = field + 4;
      for (int i = 0; unsigned(field) == 1 && i < sizes.length; i++) {
        if (sizes[i] == IN_EXTRA) {
          sizes[i] = file.get(LONG, value);
          value += 8;
        }
      }
    }
    return new Entry(
        unsigned(at + 8), unsigned(at + 10), file.get(INT, at + 16), sizes[1], sizes[0], sizes[2]);
  }

  private MemorySegment bytes(String array, Entry entry) {
    try {
      long local = entry.start;
      require(file.get(INT, local) == LOCAL);
      long start = local + 30 + unsigned(local + 26) + unsigned(local + 28);
      MemorySegment packed = file.asSlice(start, entry.packed);
      if ((entry.flags & 1) != 0) {
        throw new DataException("%s is encrypted".formatted(what(array)));
      }
      return switch (entry.method) {
        case STORED -> packed;
        case DEFLATED -> unpacked(array, entry, packed);
        default ->
            throw new DataException(
                "%s is compressed in a way that is not read; save it with numpy.savez"
                    .formatted(what(array)));
      };
    } catch (IndexOutOfBoundsException e) {
      throw new DataException("%s is damaged: it is not whole".formatted(what(array)), e);
    }
  }

  private MemorySegment unpacked(String array, Entry entry, MemorySegment packed) {
    // deflate makes at most 1,032 bytes of one: a damaged size takes no memory
    if (entry.size < 0 || entry.size / MOST_TIMES > packed.byteSize()) {
      throw damaged(array, null);
    }
    MemorySegment plain = Arena.ofAuto().allocate(Math.max(1, entry.size)).asSlice(0, entry.size);
    var crc = new CRC32();
    try (var inflater = new Inflater(true)) {
      var piece = new byte[1 << 16];
      long from = 0;
      long to = 0;
      while (!inflater.finished()) {
        if (inflater.needsInput()) {
          long some = Math.min(1 << 20, packed.byteSize() - from);
          if (some == 0) {
            throw damaged(array, null);
          }
          inflater.setInput(packed.asSlice(from, some).asByteBuffer());
          from += some;
        }
        int made = inflater.inflate(piece);
        if (made > entry.size - to) {
          throw damaged(array, null);
        }
        MemorySegment.copy(piece, 0, plain, ValueLayout.JAVA_BYTE, to, made);
        crc.update(ByteBuffer.wrap(piece, 0, made));
        to += made;
      }
      if (to != entry.size || (int) crc.getValue() != entry.crc) {
        throw damaged(array, null);
      }
    } catch (DataFormatException e) {
      throw damaged(array, e);
    }
    return plain;
  }

  private DataException damaged(String array, @org.jspecify.annotations.Nullable Exception cause) {
    var damaged = new DataException("%s is damaged: it cannot be unpacked".formatted(what(array)));
    if (cause != null) {
      damaged.initCause(cause);
    }
    return damaged;
  }
}
