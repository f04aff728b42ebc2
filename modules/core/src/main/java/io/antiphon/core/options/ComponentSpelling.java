package io.antiphon.core.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The ways to write a component, `id`, `{ use: id, … }` and `id: { … }`, made one: the second.
///
/// @param what what the component is in the file, for messages
/// @param key the name of the id, `use` or for the policy `policy`
/// @param otherwise the id that holds where only options are given, if any
public record ComponentSpelling(String what, String key, Optional<String> otherwise) {
  static final String USE = "use";

  /// {@return that of a component whose id is called `use`}
  public static ComponentSpelling of(String what) {
    return new ComponentSpelling(what, USE, Optional.empty());
  }

  /// {@return a component as a mapping whose first entry is its id}
  ///
  /// @throws OptionException if it is written in none of the ways
  public Node.Mapping canonical(Node node) {
    return switch (node) {
      case Node.Scalar id when !id.isNull() -> with(id, List.of());
      case Node.Mapping mapping when !key.equals(USE) && hasBoth(mapping) ->
          throw new OptionException(
              mapping.get(USE).orElseThrow().place(),
              "%s has both '%s' and '%s', and each names its id; leave one out"
                  .formatted(what, key, USE));
      case Node.Mapping mapping when idOf(mapping).isPresent() ->
          with(checked(idOf(mapping).get()), mapping.without(key).without(USE).entries());
      case Node.Mapping mapping when isNamedByKey(mapping) -> {
        Node.Entry only = mapping.entries().getFirst();
        var id = new Node.Scalar(only.place(), only.key(), false);
        yield with(
            id, only.value() instanceof Node.Mapping options ? options.entries() : List.of());
      }
      case Node.Mapping mapping when otherwise.isPresent() ->
          with(new Node.Scalar(mapping.place(), otherwise.get(), false), mapping.entries());
      default ->
          throw new OptionException(
              node.place(),
              "%s needs an id: write 'ID', '{ %s: ID, option: value }' or 'ID: { option: value }'"
                  .formatted(what, key));
    };
  }

  private Optional<Node> idOf(Node.Mapping mapping) {
    return mapping.get(key).or(() -> mapping.get(USE));
  }

  private boolean hasBoth(Node.Mapping mapping) {
    return mapping.get(key).isPresent() && mapping.get(USE).isPresent();
  }

  private Node.Scalar checked(Node id) {
    if (id instanceof Node.Scalar scalar && !scalar.isNull()) {
      return scalar;
    }
    throw new OptionException(
        id.place(), "the id of %s is a single word, not %s".formatted(what, id.describe()));
  }

  private static boolean isNamedByKey(Node.Mapping mapping) {
    if (mapping.entries().size() != 1) {
      return false;
    }
    Node value = mapping.entries().getFirst().value();
    return value instanceof Node.Mapping || (value instanceof Node.Scalar none && none.isNull());
  }

  private Node.Mapping with(Node.Scalar id, List<Node.Entry> options) {
    var entries = new ArrayList<Node.Entry>();
    entries.add(new Node.Entry(key, id.place(), id));
    entries.addAll(options);
    return new Node.Mapping(id.place(), entries);
  }
}
