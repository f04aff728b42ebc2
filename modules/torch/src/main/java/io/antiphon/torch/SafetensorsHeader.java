package io.antiphon.torch;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a safetensors file says of its arrays: names, types, shapes, places.
///
/// @param metadata what else it says
/// @param entries the arrays by their names
record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries) {
  /// The longest that Python's library reads.
  static final long LONGEST = 100_000_000;

  private static final String METADATA = "__metadata__";
  private static final int MOST_DIMENSIONS = 64;

  /// An array.
  ///
  /// @param begin its first byte behind the header
  /// @param end the byte after its last
  record Entry(ElementType type, Shape shape, long begin, long end) {
    long bytes() {
      return end - begin;
    }
  }

  /// The types of elements, by the names that the format has for them.
  enum ElementType {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    I16(2),
    U16(2),
    F16(2),
    BF16(2),
    I32(4),
    U32(4),
    F32(4),
    C64(8),
    F64(8),
    I64(8),
    U64(8);

    private final int bytes;

    ElementType(int bytes) {
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }

    static @Nullable ElementType named(String name) {
      for (ElementType type : values()) {
        if (type.name().equals(name)) {
          return type;
        }
      }
      return null;
    }
  }

  /// A header that says what cannot be; the message is a clause.
  static final class Wrong extends Exception {
    private static final long serialVersionUID = 1;

    Wrong(String clause) {
      super(clause);
    }
  }

  /// {@return the bytes of the header, a multiple of 8 with the 8 that tell its length}
  byte[] bytes() throws IOException {
    var text = new StringWriter();
    try (var json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      json.beginObject();
      if (!metadata.isEmpty()) {
        json.name(METADATA).beginObject();
        for (Map.Entry<String, String> each : metadata.entrySet()) {
          json.name(each.getKey()).value(each.getValue());
        }
        json.endObject();
      }
      for (Map.Entry<String, Entry> each : entries.entrySet()) {
        Entry entry = each.getValue();
        json.name(each.getKey()).beginObject();
        json.name("dtype").value(entry.type().name());
        json.name("shape").beginArray();
        for (long length : entry.shape().getShape()) {
          json.value(length);
        }
        json.endArray();
        json.name("data_offsets").beginArray().value(entry.begin()).value(entry.end()).endArray();
        json.endObject();
      }
      json.endObject();
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (bytes.length + 7) / 8 * 8;
    byte[] header = java.util.Arrays.copyOf(bytes, padded);
    java.util.Arrays.fill(header, bytes.length, padded, (byte) ' ');
    return header;
  }

  /// {@return what a header says}
  ///
  /// @param bytes the header
  /// @param data how many bytes follow it
  /// @throws Wrong if it is none, or does not describe exactly those bytes
  static SafetensorsHeader parse(byte[] bytes, long data) throws Wrong {
    var metadata = new LinkedHashMap<String, String>();
    var entries = new LinkedHashMap<String, Entry>();
    try (var json = new JsonReader(new StringReader(text(bytes)))) {
      json.setStrictness(Strictness.STRICT);
      expect(json, JsonToken.BEGIN_OBJECT, "the header");
      json.beginObject();
      boolean told = false;
      while (json.hasNext()) {
        String name = json.nextName();
        if (name.equals(METADATA)) {
          require(!told, "'__metadata__' is there twice");
          told = true;
          readMetadata(json, metadata);
        } else {
          require(
              entries.put(name, entry(json, name)) == null, "'%s' is there twice".formatted(name));
        }
      }
      json.endObject();
      expect(json, JsonToken.END_DOCUMENT, "what follows the header's object");
    } catch (EOFException e) {
      throw new Wrong("its header ends in the middle");
    } catch (MalformedJsonException
        | NumberFormatException
        | IllegalStateException
        | JsonParseException e) {
      throw new Wrong("its header is not JSON as the format has it");
    } catch (IOException e) {
      throw new AssertionError("a text in memory can be read", e);
    }
    checkPlaces(entries, data);
    return new SafetensorsHeader(metadata, entries);
  }

  private static String text(byte[] bytes) throws Wrong {
    require(bytes.length > 0 && bytes[0] == '{', "its header does not begin with '{'");
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Wrong("its header is not UTF-8");
    }
  }

  private static void readMetadata(JsonReader json, Map<String, String> into)
      throws IOException, Wrong {
    expect(json, JsonToken.BEGIN_OBJECT, "'__metadata__'");
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      expect(json, JsonToken.STRING, "'%s' of '__metadata__'".formatted(key));
      into.put(key, json.nextString());
    }
    json.endObject();
  }

  private static Entry entry(JsonReader json, String name) throws IOException, Wrong {
    expect(json, JsonToken.BEGIN_OBJECT, "'" + name + "'");
    ElementType type = null;
    List<Long> shape = null;
    List<Long> place = null;
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      switch (key) {
        case "dtype" -> {
          expect(json, JsonToken.STRING, "dtype of '%s'".formatted(name));
          String said = json.nextString();
          type = ElementType.named(said);
          require(type != null, "'%s' is of the unknown type %s".formatted(name, said));
        }
        case "shape" -> shape = numbers(json, "shape of '%s'".formatted(name));
        case "data_offsets" -> place = numbers(json, "data_offsets of '%s'".formatted(name));
        default -> throw new Wrong("'%s' has the unknown key '%s'".formatted(name, key));
      }
    }
    json.endObject();
    if (type == null || shape == null || place == null || place.size() != 2) {
      throw new Wrong("'%s' lacks its dtype, shape or data_offsets".formatted(name));
    }
    long bytes = type.bytes();
    try {
      for (long length : shape) {
        bytes = Math.multiplyExact(bytes, length);
      }
    } catch (ArithmeticException e) {
      throw new Wrong("the shape of '%s' is greater than any memory".formatted(name));
    }
    if (place.get(1) - place.get(0) != bytes) {
      throw new Wrong(
          "'%s' is %s %s, which is %d bytes, but its place has %d"
              .formatted(name, type, shape, bytes, place.get(1) - place.get(0)));
    }
    long[] lengths = shape.stream().mapToLong(Long::longValue).toArray();
    return new Entry(type, new Shape(lengths), place.get(0), place.get(1));
  }

  private static List<Long> numbers(JsonReader json, String what) throws IOException, Wrong {
    expect(json, JsonToken.BEGIN_ARRAY, what);
    var numbers = new ArrayList<Long>();
    json.beginArray();
    while (json.hasNext()) {
      expect(json, JsonToken.NUMBER, what);
      long number = Long.parseLong(json.nextString());
      require(number >= 0, what + " holds a number below 0");
      numbers.add(number);
      require(numbers.size() <= MOST_DIMENSIONS, what + " has too many numbers");
    }
    json.endArray();
    return numbers;
  }

  /// The arrays lie one behind the other, without a gap, and nothing lies behind them.
  private static void checkPlaces(Map<String, Entry> entries, long data) throws Wrong {
    List<Map.Entry<String, Entry>> placed =
        entries.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<String, Entry> each) -> each.getValue().begin())
                    .thenComparingLong(each -> each.getValue().end()))
            .toList();
    long next = 0;
    for (Map.Entry<String, Entry> each : placed) {
      require(
          each.getValue().begin() == next,
          "'%s' begins at byte %d, where byte %d is next"
              .formatted(each.getKey(), each.getValue().begin(), next));
      next = each.getValue().end();
    }
    if (next > data) {
      throw new Wrong("it is cut off: %d bytes of its arrays are missing".formatted(next - data));
    }
    require(next == data, "%d bytes lie behind its last array".formatted(data - next));
  }

  private static void expect(JsonReader json, JsonToken token, String what)
      throws IOException, Wrong {
    if (json.peek() != token) {
      throw new Wrong(
          "%s is %s, not %s"
              .formatted(
                  what, String.valueOf(json.peek()).toLowerCase(java.util.Locale.ROOT), token)
              .replace('_', ' ')
              .replace("BEGIN ", "an ")
              .replace("begin ", "an "));
    }
  }

  private static void require(boolean holds, String what) throws Wrong {
    if (!holds) {
      throw new Wrong(what);
    }
  }
}
