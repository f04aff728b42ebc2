package io.antiphon.schedule;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import io.antiphon.core.Check;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Splitter;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Parts of a model, from its input to its output, that are frozen, and given their learning rate,
/// as one.
///
/// Each splitter here leaves norms and biases without weight decay
/// ([Splitter#withoutDecayOnNormsAndBiases]): they are groups of their own in the same part. A
/// *layer* is a block that has parameters itself, not through its children.
public final class Parts {
  private Parts() {}

  /// Parts of nearly equal numbers of layers, see [#byDepth]; three by default.
  @Id("depth")
  @Summary("splits a model into parts of nearly equal numbers of layers")
  public record Depth(@Summary("how many parts, 1 to 10000") int parts)
      implements SplitterProvider {
    public Depth {
      Check.within("parts", parts, 1, 10_000);
    }

    /// Three parts.
    public Depth() {
      this(3);
    }

    @Override
    public Splitter create() {
      return by("parts", parts, byDepth(parts));
    }
  }

  /// A head and a body, see [#head]; the head is the last layer by default.
  @Id("head")
  @Summary("splits a model into its last layers, the head, and what is before, the body")
  public record Head(@Summary("how many layers the head has, at least 1") int layers)
      implements SplitterProvider {
    public Head {
      Check.atLeast("layers", layers, 1);
    }

    /// A head of one layer.
    public Head() {
      this(1);
    }

    @Override
    public Splitter create() {
      return by("layers", layers, head(layers));
    }
  }

  /// Parts by the names of parameters, see [#byName]; there is no pattern by default.
  @Id("names")
  @Summary("splits a model by the names of its parameters")
  public record Named(
      @Summary("regular expressions, a part for each, looked for in the names of parameters")
          List<String> patterns)
      implements SplitterProvider {
    public Named {
      patterns = List.copyOf(patterns);
      for (String pattern : patterns) {
        try {
          Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
          throw new RefusedException(
              "patterns",
              "patterns is %s, but '%s' is no regular expression: %s"
                  .formatted(patterns, pattern, e.getDescription()));
        }
      }
    }

    /// No pattern yet: to be given.
    public Named() {
      this(List.of());
    }

    @Override
    public Splitter create() {
      if (patterns.isEmpty()) {
        throw new RefusedException(
            "patterns",
            "patterns is empty, so nothing is split; name parameters, [embedding, head]");
      }
      return by("patterns", patterns, byName(patterns.toArray(String[]::new)));
    }
  }

  /// {@return the names of the parts of a learner's model, in order}
  public static List<String> of(Learner learner) {
    return learner.optimizer().groups().stream().map(ParameterGroup::part).distinct().toList();
  }

  /// {@return a splitter into two parts, `body` and `head`}
  ///
  /// @param layers how many layers the head has, at least 1: the last ones
  public static Splitter head(int layers) {
    return layered(
        2,
        (index, count) -> {
          if (layers < 1 || layers >= count) {
            throw new IllegalArgumentException(
                "the head is %d layers of the model's %d, not 1 to %d"
                    .formatted(layers, count, count - 1));
          }
          return index < count - layers ? 0 : 1;
        },
        List.of("body", "head"));
  }

  /// {@return a splitter into parts of nearly equal numbers of layers, `depth-0` at the model's
  /// input, `depth-1` …}
  ///
  /// @param parts how many, at least 1
  public static Splitter byDepth(int parts) {
    var names = new ArrayList<String>();
    for (int i = 0; i < parts; i++) {
      names.add("depth-" + i);
    }
    return layered(
        parts,
        (index, count) -> {
          if (parts < 1 || parts > count) {
            throw new IllegalArgumentException(
                "%d parts of a model with %d layers, not 1 to %d".formatted(parts, count, count));
          }
          return (int) ((long) index * parts / count);
        },
        names);
  }

  /// {@return a splitter by the names of parameters, as `model.getParameters()` has them: first the
  /// part `rest` of what no pattern finds, then one part for each pattern, named by it}
  ///
  /// @param patterns regular expressions, each looked for anywhere in a name; the first that is
  ///   found counts
  public static Splitter byName(String... patterns) {
    List<Pattern> compiled = java.util.Arrays.stream(patterns).map(Pattern::compile).toList();
    Splitter raw =
        model -> {
          var names = new ArrayList<String>(List.of("rest"));
          names.addAll(List.of(patterns));
          List<PairList<String, Parameter>> parts = empty(names.size());
          for (Pair<String, Parameter> pair : Splitter.trainable(model)) {
            int part = 0;
            for (int i = 0; i < compiled.size() && part == 0; i++) {
              part = compiled.get(i).matcher(pair.getKey()).find() ? i + 1 : 0;
            }
            parts.get(part).add(pair);
          }
          for (int i = 1; i < parts.size(); i++) {
            if (parts.get(i).isEmpty()) {
              throw new IllegalArgumentException(
                  "no parameter's name has '%s' in it (or an earlier pattern took it); there are %s"
                      .formatted(names.get(i), Splitter.trainable(model).keys()));
            }
          }
          return groups(names, parts);
        };
    return raw.withoutDecayOnNormsAndBiases();
  }

  /// {@return a splitter that blames an option for what it refuses}
  static Splitter by(String option, Object value, Splitter splitter) {
    return model -> {
      try {
        return splitter.split(model);
      } catch (IllegalArgumentException e) {
        throw new RefusedException(
            option, "%s is %s: %s".formatted(option, value, e.getMessage()), e);
      }
    };
  }

  /// From a layer's index, and the number of layers, to its part.
  private interface Placing {
    int part(int index, int count);
  }

  private static Splitter layered(int parts, Placing placing, List<String> names) {
    Splitter raw =
        model -> {
          var layers = new ArrayList<Block>();
          addLayers(model, layers);
          var partOf = new IdentityHashMap<Parameter, Integer>();
          for (int i = 0; i < layers.size(); i++) {
            int part = placing.part(i, layers.size());
            for (Parameter parameter : layers.get(i).getDirectParameters().values()) {
              partOf.put(parameter, part);
            }
          }
          List<PairList<String, Parameter>> split = empty(parts);
          for (Pair<String, Parameter> pair : Splitter.trainable(model)) {
            split.get(partOf.getOrDefault(pair.getValue(), parts - 1)).add(pair);
          }
          return groups(names, split);
        };
    return raw.withoutDecayOnNormsAndBiases();
  }

  private static List<PairList<String, Parameter>> empty(int parts) {
    var split = new ArrayList<PairList<String, Parameter>>();
    for (int i = 0; i < parts; i++) {
      split.add(new PairList<>());
    }
    return split;
  }

  private static List<ParameterGroup> groups(
      List<String> names, List<PairList<String, Parameter>> parts) {
    var groups = new ArrayList<ParameterGroup>();
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).isEmpty()) {
        groups.add(new ParameterGroup(names.get(i), parts.get(i), Map.of()));
      }
    }
    return groups;
  }

  /// Adds the blocks that train something themselves, in order. Running statistics alone do not
  /// make a layer.
  private static void addLayers(Block block, List<Block> into) {
    if (block.getDirectParameters().values().stream().anyMatch(Splitter::isTrainable)) {
      into.add(block);
    }
    for (Block child : block.getChildren().values()) {
      addLayers(child, into);
    }
  }
}
