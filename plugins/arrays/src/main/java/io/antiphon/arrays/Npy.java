package io.antiphon.arrays;

import io.antiphon.data.DataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Arrays in [NumPy's
/// format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), `.npy`, of
/// versions 1 to 3. Nothing in a file is ever executed: arrays of Python objects are refused.
final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 16;
  private static final Pattern DESCRIPTION =
      Pattern.compile("['\"]descr['\"]\\s*:\\s*(?:['\"]([^'\"]*)['\"]|(\\[))");
  private static final Pattern ORDER =
      Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([0-9L, ]*)\\)");
  private static final Pattern TYPE = Pattern.compile("([<>|=]?)([a-zA-Z])(\\d*)(.*)");
  private static final Map<String, ElementType> TYPES =
      Map.ofEntries(
          Map.entry("b1", ElementType.BOOL),
          Map.entry("u1", ElementType.UINT8),
          Map.entry("i1", ElementType.INT8),
          Map.entry("u2", ElementType.UINT16),
          Map.entry("i2", ElementType.INT16),
          Map.entry("u4", ElementType.UINT32),
          Map.entry("i4", ElementType.INT32),
          Map.entry("u8", ElementType.UINT64),
          Map.entry("i8", ElementType.INT64),
          Map.entry("f2", ElementType.FLOAT16),
          Map.entry("f4", ElementType.FLOAT32),
          Map.entry("f8", ElementType.FLOAT64));
  private static final Map<String, String> OTHERS =
      Map.of(
          "c", "complex numbers",
          "O", "Python objects, which are programs",
          "U", "texts",
          "S", "bytes",
          "a", "bytes",
          "V", "records",
          "M", "dates",
          "m", "durations",
          "f", "floating-point numbers of that width");

  private Npy() {}

  /// {@return whether a file begins as such do}
  static boolean is(MemorySegment file) {
    return file.byteSize() >= MAGIC.length
        && file.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) < 0;
  }

  /// {@return the array in a file}
  ///
  /// @param what what to call it in messages
  /// @param file all of the file
  static StoredArray read(String what, MemorySegment file) {
    if (!is(file)) {
      throw new DataException("%s does not begin as NumPy's .npy files do".formatted(what));
    }
    int version = file.byteSize() < 12 ? 0 : file.get(ValueLayout.JAVA_BYTE, 6);
    if (version < 1 || version > 3) {
      throw new DataException(
          "%s is damaged, or of a newer version of the format than 3".formatted(what));
    }
    int lengthBytes = version == 1 ? 2 : 4;
    long length = 0;
    for (int i = 0; i < lengthBytes; i++) {
      length |= (file.get(ValueLayout.JAVA_BYTE, 8 + i) & 0xffL) << (8 * i);
    }
    long start = 8 + lengthBytes + length;
    if (length > LONGEST_HEADER || start > file.byteSize()) {
      throw new DataException(
          "%s is damaged: it says that its header has %,d bytes".formatted(what, length));
    }
    String header =
        new String(
            file.asSlice(8 + lengthBytes, length).toArray(ValueLayout.JAVA_BYTE),
            StandardCharsets.UTF_8);
    Matcher order = ORDER.matcher(header);
    Matcher shape = SHAPE.matcher(header);
    Matcher description = DESCRIPTION.matcher(header);
    if (!order.find() || !shape.find() || !description.find()) {
      throw new DataException(
          "%s is damaged: its header is %s".formatted(what, shown(header.strip())));
    }
    if (description.group(2) != null) {
      throw new DataException(
          "%s has records with named fields; save each field by itself".formatted(what));
    }
    Matcher type = TYPE.matcher(description.group(1));
    ElementType element = type.matches() ? TYPES.get(type.group(2) + type.group(3)) : null;
    if (element == null || !type.group(4).isEmpty()) {
      String kind = type.matches() ? OTHERS.getOrDefault(type.group(2), "") : "";
      throw new DataException(
          "%s has elements of NumPy's type '%s'%s; there may be numbers and truth values of up to 8 bytes: save it with .astype('float32')"
              .formatted(what, description.group(1), kind.isEmpty() ? "" : ", " + kind));
    }
    long[] sizes = shape(what, shape.group(1));
    return StoredArray.of(
        what,
        element,
        type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
        sizes,
        order.group(1).equals("True"),
        data(what, file.asSlice(start), sizes, element));
  }

  private static MemorySegment data(
      String what, MemorySegment rest, long[] shape, ElementType type) {
    long bytes = type.width();
    try {
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
    } catch (ArithmeticException e) {
      throw new DataException(
          "%s says %s, more than any file has".formatted(what, Arrays.toString(shape)), e);
    }
    if (rest.byteSize() != bytes) {
      throw new DataException(
          "%s is %s: its header says %s, %,d bytes of data, but there are %,d"
              .formatted(
                  what,
                  rest.byteSize() < bytes ? "truncated" : "too long",
                  Arrays.toString(shape),
                  bytes,
                  rest.byteSize()));
    }
    return rest;
  }

  private static long[] shape(String what, String text) {
    try {
      return Arrays.stream(text.split(","))
          .map(size -> size.replace("L", "").strip()) // as Python 2 wrote them
          .filter(size -> !size.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw new DataException("%s has an impossible shape, (%s)".formatted(what, text), e);
    }
  }

  private static String shown(String header) {
    String printable = header.replaceAll("[^\\x20-\\x7e]", "?");
    return printable.length() > 80 ? printable.substring(0, 80) + "…" : printable;
  }
}
