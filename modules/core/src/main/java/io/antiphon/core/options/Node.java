package io.antiphon.core.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A tree of values, each with the place where it was written. Whoever parses makes it; this
/// package knows no file format.
///
/// Two trees are equal if they say the same, wherever they were written.
public sealed interface Node {
  /// {@return where it was written}
  Place place();

  /// {@return what it is, for messages}
  String describe();

  /// A single value.
  ///
  /// @param place where it was written
  /// @param text what was written, without quotes
  /// @param quoted whether it was quoted, and so is a text whatever it looks like
  record Scalar(Place place, String text, boolean quoted) implements Node {
    /// What a message shows of it.
    private static final int SHOWN = 200;

    /// {@return whether this stands for nothing: `null`, `~`, or an empty value}
    public boolean isNull() {
      return !quoted
          && switch (text) {
            case "", "~", "null", "Null", "NULL" -> true;
            default -> false;
          };
    }

    @Override
    public String describe() {
      if (isNull()) {
        return "nothing";
      }
      return text.length() <= SHOWN
          ? "'" + text + "'"
          : "'%s …' (%,d characters)".formatted(text.substring(0, SHOWN), text.length());
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Scalar that
          && isNull() == that.isNull()
          && (isNull() || text.equals(that.text));
    }

    @Override
    public int hashCode() {
      return isNull() ? 0 : text.hashCode();
    }
  }

  /// Values in order.
  record Sequence(Place place, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String describe() {
      return "a list";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sequence that && items.equals(that.items);
    }

    @Override
    public int hashCode() {
      return items.hashCode();
    }
  }

  /// Values by name, in the order in which they were written.
  record Mapping(Place place, List<Entry> entries) implements Node {
    public Mapping {
      entries = List.copyOf(entries);
    }

    /// {@return a mapping without entries}
    public static Mapping empty(Place place) {
      return new Mapping(place, List.of());
    }

    /// {@return the value of a key}
    public Optional<Node> get(String key) {
      return entries.stream()
          .filter(entry -> entry.key().equals(key))
          .map(Entry::value)
          .findFirst();
    }

    /// {@return the keys in order}
    public List<String> keys() {
      return entries.stream().map(Entry::key).toList();
    }

    /// {@return this without a key}
    public Mapping without(String key) {
      return new Mapping(
          place, entries.stream().filter(entry -> !entry.key().equals(key)).toList());
    }

    /// {@return this with an entry in the place of the one of the same key, or at the end}
    public Mapping with(Entry entry) {
      var changed = new ArrayList<>(entries);
      int index = keys().indexOf(entry.key());
      if (index < 0) {
        changed.add(entry);
      } else {
        changed.set(index, entry);
      }
      return new Mapping(place, changed);
    }

    @Override
    public String describe() {
      return "a mapping";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Mapping that && entries.equals(that.entries);
    }

    @Override
    public int hashCode() {
      return entries.hashCode();
    }
  }

  /// One value of a mapping.
  ///
  /// @param key the name
  /// @param place where the name was written
  /// @param value the value
  record Entry(String key, Place place, Node value) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Entry that && key.equals(that.key) && value.equals(that.value);
    }

    @Override
    public int hashCode() {
      return 31 * key.hashCode() + value.hashCode();
    }
  }
}
