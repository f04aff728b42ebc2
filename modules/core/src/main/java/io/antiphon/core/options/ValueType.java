package io.antiphon.core.options;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// The types that options may have.
final class ValueType {
  private ValueType() {}

  /// {@return what may be given for a type, for people}
  static String describe(Type type) {
    if (type instanceof ParameterizedType generic) {
      String argument = describe(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class ? "list of " + argument : argument + ", or null";
    }
    if (type instanceof Class<?> plain) {
      if (plain.isEnum()) {
        return String.join("|", constants(plain));
      } else if (isWhole(plain)) {
        return "integer";
      } else if (isReal(plain)) {
        return "number";
      } else if (plain == boolean.class || plain == Boolean.class) {
        return "true|false";
      } else if (plain == String.class) {
        return "text";
      } else if (plain == Path.class) {
        return "path";
      } else if (plain == Duration.class) {
        return "duration";
      } else if (plain == OptionalInt.class || plain == OptionalLong.class) {
        return "integer, or null";
      } else if (plain == OptionalDouble.class) {
        return "number, or null";
      } else if (Texts.isText(plain)) {
        return Texts.describe(plain);
      } else if (plain.isRecord()) {
        return "mapping";
      } else if (Kind.of(plain).isPresent()) {
        return Kind.of(plain).get().singular();
      }
    }
    throw unsupported(type);
  }

  static boolean isWhole(Class<?> type) {
    return type == int.class || type == Integer.class || type == long.class || type == Long.class;
  }

  static boolean isReal(Class<?> type) {
    return type == double.class
        || type == Double.class
        || type == float.class
        || type == Float.class;
  }

  static boolean isOptional(Type type) {
    return type == OptionalInt.class
        || type == OptionalLong.class
        || type == OptionalDouble.class
        || (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class);
  }

  static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> RecordAccess.kebab(((Enum<?>) constant).name()))
        .collect(Collectors.toUnmodifiableList());
  }

  static IllegalStateException unsupported(Type type) {
    return new IllegalStateException(
        "options cannot be of type %s; see io.antiphon.core.options.Options for those that can"
            .formatted(type.getTypeName()));
  }
}
