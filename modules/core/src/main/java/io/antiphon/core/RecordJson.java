package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The records that [Stateful] parts hand out, as JSON, bit by bit: numbers, texts, enums, records,
/// sealed interfaces of records, and lists, maps from texts and optionals of these. Arrays
/// (`NDList`) are kept elsewhere, by names that are paths:
/// `optimizer/groups/0/memories/2/arrays/1`.
///
/// What is read decides nothing but values: the types are those of the program. Whatever does not
/// fit them is an [IllegalArgumentException] whose message is a clause that begins with its path.
final class RecordJson {
  /// Java looks them up anew each time, and makes each accessor anew when it is first called.
  private static final ClassValue<RecordComponent[]> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
          RecordComponent[] components = type.getRecordComponents();
          for (RecordComponent component : components) {
            open(type, () -> component.getAccessor().setAccessible(true));
          }
          return components;
        }
      };

  private RecordJson() {}

  /// {@return a value as JSON}
  ///
  /// @param path its place, for the names of arrays
  /// @param arrays gets the arrays in it
  static JsonElement write(Object value, String path, Map<String, NDArray> arrays) {
    return switch (value) {
      case Record written -> writeRecord(written, path, arrays);
      case NDList list -> {
        for (int i = 0; i < list.size(); i++) {
          arrays.put(path + "/" + i, list.get(i));
        }
        var counted = new JsonObject();
        counted.addProperty("arrays", list.size());
        yield counted;
      }
      case Shape shape -> {
        var written = new JsonArray();
        for (long length : shape.getShape()) {
          written.add(length);
        }
        yield written;
      }
      case List<?> list -> {
        var written = new JsonArray();
        for (int i = 0; i < list.size(); i++) {
          written.add(write(list.get(i), path + "/" + i, arrays));
        }
        yield written;
      }
      case Map<?, ?> map -> {
        var written = new JsonObject();
        map.forEach(
            (key, each) -> written.add((String) key, write(each, path + "/" + key, arrays)));
        yield written;
      }
      case Optional<?> optional ->
          optional.isPresent() ? write(optional.get(), path, arrays) : JsonNull.INSTANCE;
      case OptionalInt optional ->
          optional.isPresent() ? new JsonPrimitive(optional.getAsInt()) : JsonNull.INSTANCE;
      case OptionalLong optional ->
          optional.isPresent() ? new JsonPrimitive(optional.getAsLong()) : JsonNull.INSTANCE;
      case OptionalDouble optional ->
          optional.isPresent() ? number(optional.getAsDouble()) : JsonNull.INSTANCE;
      case Double real -> number(real);
      case Float real -> number(real);
      case Integer whole -> new JsonPrimitive(whole);
      case Long whole -> new JsonPrimitive(whole);
      case Boolean truth -> new JsonPrimitive(truth);
      case String text -> new JsonPrimitive(text);
      case Enum<?> constant -> new JsonPrimitive(constant.name());
      default -> throw unsupported(value.getClass());
    };
  }

  /// JSON has no NaN and no infinities; they are texts here.
  private static JsonPrimitive number(double value) {
    return Double.isFinite(value)
        ? new JsonPrimitive(value)
        : new JsonPrimitive(Double.toString(value));
  }

  private static JsonObject writeRecord(Record value, String path, Map<String, NDArray> arrays) {
    var written = new JsonObject();
    if (variants(value.getClass()) != null) {
      written.addProperty("is", value.getClass().getSimpleName());
    }
    for (RecordComponent component : COMPONENTS.get(value.getClass())) {
      String name = component.getName();
      written.add(name, write(read(value, component), path + "/" + name, arrays));
    }
    return written;
  }

  /// {@return the sealed interface that a record is a variant of, if it is one}
  private static @Nullable Class<?> variants(Class<?> type) {
    return Arrays.stream(type.getInterfaces()).filter(Class::isSealed).findFirst().orElse(null);
  }

  private static Object read(Record value, RecordComponent component) {
    try {
      return component.getAccessor().invoke(value);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  private static void open(Class<?> type, Runnable action) {
    try {
      action.run();
    } catch (InaccessibleObjectException e) {
      throw new IllegalStateException(
          "module %s keeps state record %s to itself; add 'opens %s to io.antiphon.core;' to its module-info.java"
              .formatted(type.getModule().getName(), type.getName(), type.getPackageName()),
          e);
    }
  }

  private static IllegalStateException unsupported(Type type) {
    return new IllegalStateException(
        "a state cannot hold %s; see io.antiphon.core.Stateful for what it can"
            .formatted(type.getTypeName()));
  }

  /// {@return a record from JSON}
  ///
  /// @param path its place, for messages and the names of arrays
  /// @param arrays gives the array of a name
  static <R extends Record> R read(
      Class<R> type, JsonElement json, String path, Function<String, NDArray> arrays) {
    return type.cast(new Reading(arrays).value(type, json, path));
  }

  private record Reading(Function<String, NDArray> arrays) {
    Object value(Type type, JsonElement json, String path) {
      if (type instanceof ParameterizedType generic) {
        return generic(generic, json, path);
      }
      if (!(type instanceof Class<?> plain)) {
        throw unsupported(type);
      }
      if (plain == NDList.class) {
        return list(json, path);
      } else if (plain == Shape.class) {
        return shape(json, path);
      } else if (plain.isRecord()) {
        return record(plain.asSubclass(Record.class), json, path);
      } else if (plain.isSealed()) {
        return variant(plain, json, path);
      } else if (plain.isEnum()) {
        return constant(plain, text(json, path), path);
      } else if (plain == OptionalInt.class) {
        return json.isJsonNull() ? OptionalInt.empty() : OptionalInt.of(integer(json, path));
      } else if (plain == OptionalLong.class) {
        return json.isJsonNull() ? OptionalLong.empty() : OptionalLong.of(whole(json, path));
      } else if (plain == OptionalDouble.class) {
        return json.isJsonNull() ? OptionalDouble.empty() : OptionalDouble.of(real(json, path));
      } else if (plain == String.class) {
        return text(json, path);
      } else if (plain == int.class || plain == Integer.class) {
        return integer(json, path);
      } else if (plain == long.class || plain == Long.class) {
        return whole(json, path);
      } else if (plain == double.class || plain == Double.class) {
        return real(json, path);
      } else if (plain == float.class || plain == Float.class) {
        return (float) real(json, path);
      } else if (plain == boolean.class || plain == Boolean.class) {
        require(
            json instanceof JsonPrimitive primitive && primitive.isBoolean(),
            path,
            "is not true or false");
        return json.getAsBoolean();
      }
      throw unsupported(type);
    }

    private Object generic(ParameterizedType type, JsonElement json, String path) {
      Type[] arguments = type.getActualTypeArguments();
      if (type.getRawType() == Optional.class) {
        return json.isJsonNull() ? Optional.empty() : Optional.of(value(arguments[0], json, path));
      } else if (type.getRawType() == List.class) {
        require(json.isJsonArray(), path, "is not a list");
        var items = new ArrayList<Object>();
        for (JsonElement item : json.getAsJsonArray()) {
          items.add(value(arguments[0], item, path + "/" + items.size()));
        }
        return Collections.unmodifiableList(items);
      } else if (type.getRawType() == Map.class && arguments[0] == String.class) {
        require(json.isJsonObject(), path, "is not a mapping");
        var entries = new LinkedHashMap<String, Object>();
        json.getAsJsonObject()
            .entrySet()
            .forEach(each ->
                entries.put(
                    each.getKey(),
                    value(arguments[1], each.getValue(), path + "/" + each.getKey())));
        return Collections.unmodifiableMap(entries);
      }
      throw unsupported(type);
    }

    private static Shape shape(JsonElement json, String path) {
      require(json.isJsonArray() && json.getAsJsonArray().size() <= 64, path, "is not a shape");
      var lengths = new ArrayList<Long>();
      for (JsonElement item : json.getAsJsonArray()) {
        lengths.add(whole(item, path));
      }
      return new Shape(lengths);
    }

    private NDList list(JsonElement json, String path) {
      require(json.isJsonObject() && json.getAsJsonObject().has("arrays"), path, "has no arrays");
      long count = whole(json.getAsJsonObject().get("arrays"), path);
      require(count >= 0 && count <= 1_000_000, path, "has an impossible number of arrays");
      var list = new NDList();
      for (int i = 0; i < count; i++) {
        list.add(arrays.apply(path + "/" + i));
      }
      return list;
    }

    private Record record(Class<? extends Record> type, JsonElement json, String path) {
      require(json.isJsonObject(), path, "is not a mapping");
      JsonObject given = json.getAsJsonObject();
      RecordComponent[] components = COMPONENTS.get(type);
      Object[] values = new Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < components.length; i++) {
        String name = components[i].getName();
        JsonElement value = given.get(name);
        require(value != null, path, "lacks '" + name + "'");
        types[i] = components[i].getType();
        values[i] = value(components[i].getGenericType(), value, path + "/" + name);
      }
      return make(type, types, values, path);
    }

    private static Record make(
        Class<? extends Record> type, Class<?>[] types, Object[] values, String path) {
      try {
        Constructor<? extends Record> constructor = type.getDeclaredConstructor(types);
        open(type, () -> constructor.setAccessible(true));
        return constructor.newInstance(values);
      } catch (InvocationTargetException e) {
        Throwable refusal = e.getCause() == null ? e : e.getCause();
        throw new IllegalArgumentException(
            "%s cannot be: %s".formatted(path, refusal.getMessage()), refusal);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot make " + type.getName(), e);
      }
    }

    private Object variant(Class<?> type, JsonElement json, String path) {
      require(json.isJsonObject() && json.getAsJsonObject().has("is"), path, "has no kind");
      String name = text(json.getAsJsonObject().get("is"), path);
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        if (permitted.isRecord() && permitted.getSimpleName().equals(name)) {
          return record(permitted.asSubclass(Record.class), json, path);
        }
      }
      throw new IllegalArgumentException("%s is of the unknown kind '%s'".formatted(path, name));
    }

    private static Object constant(Class<?> type, String name, String path) {
      for (Object constant : type.getEnumConstants()) {
        if (((Enum<?>) constant).name().equals(name)) {
          return constant;
        }
      }
      throw new IllegalArgumentException("%s is the unknown word '%s'".formatted(path, name));
    }

    private static String text(JsonElement json, String path) {
      require(
          json instanceof JsonPrimitive primitive && primitive.isString(), path, "is not a text");
      return json.getAsString();
    }

    private static int integer(JsonElement json, String path) {
      long value = whole(json, path);
      require(value == (int) value, path, "is out of range");
      return (int) value;
    }

    private static long whole(JsonElement json, String path) {
      require(isNumber(json), path, "is not a whole number");
      try {
        return Long.parseLong(json.getAsString());
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(path + " is not a whole number", e);
      }
    }

    private static double real(JsonElement json, String path) {
      if (json instanceof JsonPrimitive primitive && primitive.isString()) {
        return switch (json.getAsString()) {
          case "NaN" -> Double.NaN;
          case "Infinity" -> Double.POSITIVE_INFINITY;
          case "-Infinity" -> Double.NEGATIVE_INFINITY;
          default -> throw new IllegalArgumentException(path + " is not a number");
        };
      }
      require(isNumber(json), path, "is not a number");
      return Double.parseDouble(json.getAsString());
    }

    private static boolean isNumber(JsonElement json) {
      return json instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    private static void require(boolean holds, String path, String what) {
      if (!holds) {
        throw new IllegalArgumentException(path + " " + what);
      }
    }
  }
}
