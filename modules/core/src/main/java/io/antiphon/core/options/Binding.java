package io.antiphon.core.options;

import io.antiphon.core.RefusedException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// From trees to records.
///
/// @param <R> the record
final class Binding<R extends Record> {
  private final Class<R> type;
  private final String subject;
  private final @Nullable R defaults;
  private final Node.Mapping given;
  private final Supplier<Catalog> catalog;
  private final RecordComponent[] components;
  private final List<String> names;

  private Binding(
      Class<R> type,
      String subject,
      @Nullable R defaults,
      Node.Mapping given,
      Supplier<Catalog> catalog) {
    this.type = type;
    this.subject = subject;
    this.defaults = defaults;
    this.given = given;
    this.catalog = catalog;
    this.components = type.getRecordComponents();
    this.names = Arrays.stream(components).map(RecordAccess::nameOf).toList();
  }

  static <R extends Record> R of(
      Class<R> type,
      String subject,
      @Nullable R defaults,
      Node.Mapping given,
      Supplier<Catalog> catalog) {
    return new Binding<>(type, subject, defaults, given, catalog).make();
  }

  private R make() {
    for (Node.Entry entry : given.entries()) {
      if (!names.contains(entry.key())) {
        throw new OptionException(
            entry.place(),
            "%s has no option '%s'%s"
                .formatted(subject, entry.key(), Spelling.hint(entry.key(), names, "it has")));
      }
    }
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = value(i);
    }
    try {
      return RecordAccess.make(type, values);
    } catch (IllegalArgumentException e) {
      throw new OptionException(
          blame(e), subject + ": " + Optional.ofNullable(e.getMessage()).orElse("refused"));
    }
  }

  private Object value(int index) {
    RecordComponent component = components[index];
    Optional<Node> node = given.get(names.get(index));
    if (node.isPresent()) {
      Object former =
          component.getType().isRecord() && defaults != null
              ? RecordAccess.read(defaults, component)
              : null;
      return convert(names.get(index), component.getGenericType(), node.get(), former);
    }
    if (defaults != null) {
      return RecordAccess.read(defaults, component);
    }
    if (ValueType.isOptional(component.getGenericType())) {
      return empty(component.getType());
    }
    throw new OptionException(
        given.place(),
        "%s needs option '%s', which is missing".formatted(subject, names.get(index)));
  }

  /// Where to point when the record refuses its values: where the option was written that the
  /// refusal names.
  private Place blame(IllegalArgumentException refusal) {
    return refusal instanceof RefusedException refused
        ? given.get(refused.option()).map(Node::place).orElse(given.place())
        : given.place();
  }

  private Object convert(String name, Type wanted, Node node, @Nullable Object former) {
    if (wanted instanceof ParameterizedType generic) {
      Type argument = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == List.class) {
        return list(name, argument, node);
      } else if (generic.getRawType() == Optional.class) {
        return isNull(node) ? Optional.empty() : Optional.of(convert(name, argument, node, null));
      }
    }
    if (!(wanted instanceof Class<?> plain)) {
      throw ValueType.unsupported(wanted);
    }
    if (plain.isRecord() && !Texts.isText(plain)) {
      return nested(name, plain.asSubclass(Record.class), node, former);
    }
    Optional<Kind<?>> kind = Kind.of(plain);
    if (kind.isPresent()) {
      return component(name, kind.get(), node);
    }
    if (ValueType.isOptional(plain)) {
      return isNull(node) ? empty(plain) : optional(name, plain, node);
    }
    if (node instanceof Node.Scalar scalar && !scalar.isNull()) {
      return new Conversion(option(name), scalar).to(plain);
    }
    if (Texts.isText(plain) && node instanceof Node.Sequence list && isOfScalars(list)) {
      String joined =
          list.items().stream()
              .map(item -> (Node.Scalar) item)
              .map(item ->
                  item.quoted() && item.text().contains(",")
                      ? '"' + item.text() + '"'
                      : item.text())
              .collect(Collectors.joining(", "));
      return new Conversion(option(name), new Node.Scalar(list.place(), joined, true)).to(plain);
    }
    throw new OptionException(
        node.place(),
        "%s is %s, not %s".formatted(option(name), Conversion.wants(plain), node.describe()));
  }

  private static boolean isOfScalars(Node.Sequence list) {
    return list.items().stream().allMatch(Node.Scalar.class::isInstance);
  }

  private String option(String name) {
    return "option '" + name + "' of " + subject;
  }

  private List<Object> list(String name, Type argument, Node node) {
    if (!(node instanceof Node.Sequence sequence)) {
      throw new OptionException(
          node.place(),
          "%s is a list, not %s; write it in brackets, [a, b]"
              .formatted(option(name), node.describe()));
    }
    var items = new ArrayList<Object>();
    for (Node item : sequence.items()) {
      items.add(convert(name, argument, item, null));
    }
    return List.copyOf(items);
  }

  private <N extends Record> N nested(
      String name, Class<N> nested, Node node, @Nullable Object former) {
    if (!(node instanceof Node.Mapping mapping)) {
      throw new OptionException(
          node.place(),
          "%s is a mapping, not %s; write { name: value }"
              .formatted(option(name), node.describe()));
    }
    return of(nested, option(name), former == null ? null : nested.cast(former), mapping, catalog);
  }

  private Object component(String name, Kind<?> kind, Node node) {
    ComponentSpelling spelling = ComponentSpelling.of(option(name));
    Node.Mapping canonical = spelling.canonical(node);
    Node.Scalar id = (Node.Scalar) canonical.get(spelling.key()).orElseThrow();
    return catalog
        .get()
        .get(kind, id.text(), id.place())
        .bind(
            new Node.Mapping(canonical.place(), canonical.without(spelling.key()).entries()),
            catalog.get());
  }

  private static boolean isNull(Node node) {
    return node instanceof Node.Scalar scalar && scalar.isNull();
  }

  private static Object empty(Class<?> type) {
    if (type == OptionalInt.class) {
      return OptionalInt.empty();
    } else if (type == OptionalLong.class) {
      return OptionalLong.empty();
    } else if (type == OptionalDouble.class) {
      return OptionalDouble.empty();
    }
    return Optional.empty();
  }

  private Object optional(String name, Class<?> type, Node node) {
    if (type == OptionalInt.class) {
      return OptionalInt.of((Integer) convert(name, int.class, node, null));
    } else if (type == OptionalLong.class) {
      return OptionalLong.of((Long) convert(name, long.class, node, null));
    }
    return OptionalDouble.of((Double) convert(name, double.class, node, null));
  }
}
