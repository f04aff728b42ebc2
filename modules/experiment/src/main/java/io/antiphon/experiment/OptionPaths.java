package io.antiphon.experiment;

import io.antiphon.core.options.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/// The values of an experiment by their paths: `fit.lr`, `callbacks.mixup.alpha`.
final class OptionPaths {
  private final SequencedMap<String, String> values = new LinkedHashMap<>();
  private final Function<Node, String> written;

  private OptionPaths(Function<Node, String> written) {
    this.written = written;
  }

  /// {@return each value of a tree, as YAML writes it}
  ///
  /// @param tree an experiment, every component a mapping whose first entry is its id
  static SequencedMap<String, String> of(Node.Mapping tree) {
    return new OptionPaths(YamlText::flow).all(tree);
  }

  /// {@return the same, of which single values stand there as they are, without quotes}
  static SequencedMap<String, String> plain(Node.Mapping tree) {
    return new OptionPaths(OptionPaths::plain).all(tree);
  }

  private static String plain(Node value) {
    return value instanceof Node.Scalar scalar && !scalar.isNull()
        ? scalar.text()
        : YamlText.flow(value);
  }

  private SequencedMap<String, String> all(Node.Mapping tree) {
    tree.entries().forEach(entry -> add(entry.key(), entry.value()));
    return values;
  }

  private void add(String path, Node value) {
    switch (value) {
      case Node.Mapping mapping when !mapping.entries().isEmpty() ->
          mapping.entries().forEach(entry -> add(path + "." + entry.key(), entry.value()));
      case Node.Sequence list when isOfComponents(list) ->
          list.items().forEach(item -> addComponent(path, (Node.Mapping) item));
      default -> values.put(path, written.apply(value));
    }
  }

  private static boolean isOfComponents(Node.Sequence list) {
    return !list.items().isEmpty()
        && list.items().stream()
            .allMatch(item ->
                item instanceof Node.Mapping mapping
                    && !mapping.entries().isEmpty()
                    && mapping.entries().getFirst().value() instanceof Node.Scalar);
  }

  /// A component of a list goes by its id; a second one of the same by `id-2`.
  private void addComponent(String path, Node.Mapping component) {
    List<Node.Entry> entries = component.entries();
    String id = ((Node.Scalar) entries.getFirst().value()).text();
    String own = path + "." + id;
    for (int i = 2; values.containsKey(own); i++) {
      own = path + "." + id + "-" + i;
    }
    values.put(own, "named");
    for (Node.Entry option : entries.subList(1, entries.size())) {
      add(own + "." + option.key(), option.value());
    }
  }
}
