package io.antiphon.experiment;

import io.antiphon.core.options.Node;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Writes trees as YAML: mappings in blocks, lists of single values on one line.
final class YamlText {
  private static final String INDENT = "  ";

  // a text that cannot be taken for anything else, and needs no quotes
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z/][A-Za-z0-9_./-]*|[0-9.]+ [a-z]+( [a-z]+)*");

  /// An unquoted text that is one wherever it stands, also in a list on one line.
  private static final Pattern UNQUOTED =
      Pattern.compile("(?!-( |$)|---|\\.\\.\\.)[A-Za-z0-9_.+/-]+( [A-Za-z0-9_.+/-]+)*");

  private static final Pattern WORD =
      Pattern.compile("null|true|false|yes|no|on|off|y|n", Pattern.CASE_INSENSITIVE);

  private final StringBuilder text = new StringBuilder();

  private YamlText() {}

  static String of(Node.Mapping tree) {
    var writer = new YamlText();
    writer.block(tree, "");
    return writer.text.toString();
  }

  private void block(Node.Mapping mapping, String indent) {
    for (Node.Entry entry : mapping.entries()) {
      text.append(indent);
      entry(entry, indent);
    }
  }

  private void entry(Node.Entry entry, String indent) {
    text.append(quoted(entry.key())).append(':');
    switch (entry.value()) {
      case Node.Mapping inner when !inner.entries().isEmpty() -> {
        text.append('\n');
        block(inner, indent + INDENT);
      }
      case Node.Sequence list when !isFlat(list) -> {
        text.append('\n');
        list.items().forEach(item -> item(item, indent + INDENT));
      }
      case Node flat -> text.append(' ').append(flow(flat)).append('\n');
    }
  }

  private void item(Node item, String indent) {
    text.append(indent).append("- ");
    if (item instanceof Node.Mapping mapping && !mapping.entries().isEmpty()) {
      entry(mapping.entries().getFirst(), indent + INDENT);
      List<Node.Entry> rest = mapping.entries().subList(1, mapping.entries().size());
      block(new Node.Mapping(mapping.place(), rest), indent + INDENT);
    } else {
      text.append(flow(item)).append('\n');
    }
  }

  private static boolean isFlat(Node.Sequence list) {
    return list.items().stream().noneMatch(Node.Mapping.class::isInstance);
  }

  /// {@return a value on one line}
  static String flow(Node node) {
    return switch (node) {
      case Node.Scalar scalar -> scalar.quoted() ? quoted(scalar.text()) : plain(scalar);
      case Node.Sequence list ->
          list.items().stream().map(YamlText::flow).collect(Collectors.joining(", ", "[", "]"));
      case Node.Mapping mapping ->
          mapping.entries().stream()
              .map(entry -> quoted(entry.key()) + ": " + flow(entry.value()))
              .collect(Collectors.joining(", ", "{", "}"));
    };
  }

  private static String plain(Node.Scalar scalar) {
    if (scalar.isNull()) {
      return "null";
    }
    return UNQUOTED.matcher(scalar.text()).matches() ? scalar.text() : quoted(scalar.text());
  }

  private static String quoted(String value) {
    if (PLAIN.matcher(value).matches() && !WORD.matcher(value).matches()) {
      return value;
    }
    var quoted = new StringBuilder("\"");
    value
        .codePoints()
        .forEach(point -> {
          if (point == '"' || point == '\\') {
            quoted.append('\\').appendCodePoint(point);
          } else if (point < ' ' || (point >= 0x7f && point <= 0x9f)) {
            quoted.append("\\x%02x".formatted(point));
          } else if (isPlain(point)) {
            quoted.appendCodePoint(point);
          } else {
            quoted.append((point < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(point));
          }
        });
    return quoted.append('"').toString();
  }

  /// Whether a character can stand in a YAML file, and a terminal does not obey it.
  private static boolean isPlain(int point) {
    return switch (Character.getType(point)) {
      case Character.SURROGATE,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
