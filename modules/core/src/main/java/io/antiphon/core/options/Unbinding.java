package io.antiphon.core.options;

import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Provider;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// From records to trees, and between records.
final class Unbinding {
  private Unbinding() {}

  static Node.Mapping mapping(Record options) {
    var entries = new ArrayList<Node.Entry>();
    for (RecordComponent component : options.getClass().getRecordComponents()) {
      Object value = RecordAccess.read(options, component);
      if (!isInRunFolder(value)) {
        boolean isNested = component.getType().isRecord() && !Texts.isText(component.getType());
        Node written = isNested ? mapping((Record) value) : node(value);
        entries.add(new Node.Entry(RecordAccess.nameOf(component), Place.DEFAULTS, written));
      }
    }
    return new Node.Mapping(Place.DEFAULTS, entries);
  }

  private static boolean isInRunFolder(Object value) {
    Object inner = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    return inner instanceof Path path && !path.isAbsolute() && !path.toString().isEmpty();
  }

  private static Node node(Object value) {
    Object inner = unwrapped(value);
    if (inner instanceof Record options && !Texts.isText(options.getClass())) {
      return named(inner).map(id -> component(id, options)).orElseGet(() -> mapping(options));
    } else if (inner instanceof List<?> list) {
      return new Node.Sequence(
          Place.DEFAULTS, list.stream().map(item -> node((Object) item)).toList());
    } else if (inner instanceof String || inner instanceof Path || inner instanceof Record) {
      return new Node.Scalar(Place.DEFAULTS, inner.toString(), true);
    }
    return new Node.Scalar(Place.DEFAULTS, scalar(inner), false);
  }

  /// {@return the id of a component}
  private static Optional<String> named(Object value) {
    return value instanceof Provider
        ? Optional.ofNullable(value.getClass().getAnnotation(Id.class)).map(Id::value)
        : Optional.empty();
  }

  private static Node component(String id, Record options) {
    var named = new Node.Scalar(Place.DEFAULTS, id, false);
    var entries = new ArrayList<Node.Entry>();
    entries.add(new Node.Entry(ComponentSpelling.USE, Place.DEFAULTS, named));
    entries.addAll(mapping(options).entries());
    return entries.size() == 1 ? named : new Node.Mapping(Place.DEFAULTS, entries);
  }

  /// {@return a value as one would write it}
  static String text(Object value) {
    Object inner = unwrapped(value);
    if (inner != null && named(inner).isPresent()) {
      return named(inner).get();
    } else if (inner instanceof Record options && !Texts.isText(options.getClass())) {
      return mapping(options).entries().stream().map(Node.Entry::key).toList().toString();
    } else if (inner instanceof List<?> list) {
      return list.stream().map(item -> text((Object) item)).toList().toString();
    }
    String text = scalar(inner);
    return text.isEmpty() ? "''" : text;
  }

  private static String scalar(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Enum<?> constant -> RecordAccess.kebab(constant.name());
      case Double number -> real(number, number.toString());
      case Float number -> real(number, number.toString());
      case Duration duration -> duration(duration);
      default -> value.toString();
    };
  }

  private static String real(double value, String text) {
    if (Double.isInfinite(value)) {
      return value > 0 ? ".inf" : "-.inf";
    }
    return text.toLowerCase(Locale.ROOT);
  }

  private static String duration(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 3_600_000 == 0 && millis != 0) {
      return millis / 3_600_000 + "h";
    } else if (millis % 60_000 == 0 && millis != 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private static @Nullable Object unwrapped(Object value) {
    return switch (value) {
      case Optional<?> optional -> optional.orElse(null);
      case OptionalInt optional -> optional.isPresent() ? optional.getAsInt() : null;
      case OptionalLong optional -> optional.isPresent() ? optional.getAsLong() : null;
      case OptionalDouble optional -> optional.isPresent() ? optional.getAsDouble() : null;
      default -> value;
    };
  }

  static <R extends Record> R rebase(R options, Path folder) {
    @SuppressWarnings("unchecked")
    var type = (Class<R>) options.getClass();
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    boolean changed = false;
    for (int i = 0; i < components.length; i++) {
      Object value = RecordAccess.read(options, components[i]);
      values[i] = rebased(value, folder);
      changed |= values[i] != value;
    }
    return changed ? RecordAccess.make(type, values) : options;
  }

  private static Object rebased(Object value, Path folder) {
    if (value instanceof Record nested && !Texts.isText(nested.getClass())) {
      return rebase(nested, folder);
    } else if (!isInRunFolder(value)) {
      return value;
    } else if (value instanceof Optional<?> optional) {
      return optional.map(path -> folder.resolve((Path) path));
    }
    return folder.resolve((Path) value);
  }
}
