package io.antiphon.experiment;

import io.antiphon.core.options.ComponentSpelling;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The top-level names of an experiment file, in order.
enum Section {
  NAME,
  SEED,
  DEVICE,
  THREADS,
  DENORMALS,
  TRAIN_METRICS,
  DATA(Kind.DATA),
  MODEL(Kind.MODEL),
  PARTS(Kind.SPLITTER),
  LOSS(Kind.LOSS),
  OPTIMIZER(Kind.OPTIMIZER),
  FIT(Kind.POLICY),
  METRICS(Kind.METRIC),
  CALLBACKS(Kind.CALLBACK),
  CLUSTER(Kind.CLUSTER);

  @SuppressWarnings("ImmutableEnumChecker") // a kind never changes
  private final Optional<Kind<?>> kind;

  Section() {
    kind = Optional.empty();
  }

  Section(Kind<?> kind) {
    this.kind = Optional.of(kind);
  }

  /// {@return its name in the file}
  String key() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /// {@return the kind of component that it holds, if it holds components}
  Optional<Kind<?>> kind() {
    return kind;
  }

  /// {@return whether it holds a text or a number rather than components}
  boolean isPlain() {
    return kind.isEmpty();
  }

  /// {@return the names of all}
  static List<String> keys() {
    return Arrays.stream(values()).map(Section::key).toList();
  }

  /// {@return whether it holds several components}
  boolean isList() {
    return this == METRICS || this == CALLBACKS;
  }

  /// {@return whether it may be left out, and is nothing then}
  boolean isOptional() {
    return this == PARTS || this == CLUSTER || isTold();
  }

  /// {@return whether data tell it where a file leaves it out}
  boolean isTold() {
    return this == MODEL || this == LOSS || this == METRICS;
  }

  /// {@return how the id of a component in it is named}
  String idKey() {
    return this == FIT ? "policy" : "use";
  }

  /// {@return its value with every component written in the same way}
  Node canonical(Node node) {
    if (kind.isEmpty()) {
      return node;
    }
    if (!isList()) {
      Optional<String> plain = this == FIT ? Optional.of(PlainFit.ID) : Optional.empty();
      Node named = this == MODEL ? Origin.named(node) : node;
      return new ComponentSpelling("'" + key() + "'", idKey(), plain).canonical(named);
    }
    return switch (node) {
      case Node.Sequence items -> {
        var spelling = ComponentSpelling.of("an item of '" + key() + "'");
        yield new Node.Sequence(
            items.place(),
            items.items().stream().map(item -> (Node) spelling.canonical(item)).toList());
      }
      case Node.Scalar nothing when nothing.isNull() ->
          new Node.Sequence(nothing.place(), List.of());
      default ->
          throw new OptionException(
              node.place(),
              "'%s' is a list, not %s; write [a, b], or '- a' on lines of their own"
                  .formatted(key(), node.describe()));
    };
  }
}
