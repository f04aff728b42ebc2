package io.antiphon.csv;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Names of columns, as one text with commas between them: `price, age`. A name with a comma stands
/// in double quotes.
///
/// @param names the names, without repetition
public record Columns(List<String> names) {
  /// No columns.
  public static final Columns NONE = new Columns(List.of());

  /// @throws IllegalArgumentException if a name is empty or comes twice
  public Columns {
    names = List.copyOf(names);
    for (String name : names) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("a column's name is empty");
      }
      if (names.indexOf(name) != names.lastIndexOf(name)) {
        throw new IllegalArgumentException("column '%s' is named twice".formatted(name));
      }
    }
  }

  /// {@return some columns}
  public static Columns of(String... names) {
    return new Columns(List.of(names));
  }

  /// {@return the columns that a text names}
  ///
  /// @throws IllegalArgumentException if a name is empty or comes twice, or a quote is not closed
  public static Columns parse(String text) {
    if (text.isBlank()) {
      return NONE;
    }
    var names = new ArrayList<String>();
    var name = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        names.add(name.toString().strip());
        name.setLength(0);
      } else {
        name.append(c);
      }
    }
    if (quoted) {
      throw new IllegalArgumentException("a quote is not closed in '%s'".formatted(text));
    }
    names.add(name.toString().strip());
    return new Columns(names);
  }

  boolean contains(String name) {
    return names.contains(name);
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  @Override
  public String toString() {
    return names.stream()
        .map(name -> name.contains(",") ? '"' + name + '"' : name)
        .collect(Collectors.joining(", "));
  }
}
