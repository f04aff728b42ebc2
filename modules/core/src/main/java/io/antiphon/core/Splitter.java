package io.antiphon.core;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Splits a model's parameters into groups.
@FunctionalInterface
public interface Splitter {
  /// {@return the groups, which together hold every parameter that can be trained, each once}
  List<ParameterGroup> split(Block model);

  /// {@return one group, named `all`}
  static Splitter single() {
    return model -> List.of(new ParameterGroup("all", trainable(model), Map.of()));
  }

  /// {@return a group for each child of the model that trains anything, named as the child is in it
  /// (without the number that DJL puts before), and then one named `own` for what the model itself
  /// has: the splitter for several networks in one model. What children share is the first one's}
  static Splitter children() {
    return model -> {
      Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
      var groups = new ArrayList<ParameterGroup>();
      for (Pair<String, Block> child : model.getChildren()) {
        String name = child.getKey().replaceFirst("^[0-9]{2}", "");
        var parameters = new PairList<String, Parameter>();
        Set<Parameter> own = Collections.newSetFromMap(new IdentityHashMap<>());
        own.addAll(trainable(child.getValue()).values());
        for (Pair<String, Parameter> pair : trainable(model)) {
          if (own.contains(pair.getValue()) && seen.add(pair.getValue())) {
            parameters.add(pair);
          }
        }
        if (!parameters.isEmpty()) {
          groups.add(new ParameterGroup(name, parameters, Map.of()));
        }
      }
      var rest = new PairList<String, Parameter>();
      for (Pair<String, Parameter> pair : trainable(model)) {
        if (seen.add(pair.getValue())) {
          rest.add(pair);
        }
      }
      if (!rest.isEmpty()) {
        groups.add(new ParameterGroup("own", rest, Map.of()));
      }
      return groups;
    };
  }

  /// {@return two groups of one part, `all`: `decayed`, and `norms-and-biases` (every parameter of
  /// type bias, gamma or beta), whose weight decay is fixed at 0}
  static Splitter noDecayOnNormsAndBiases() {
    return model ->
        single().split(model).stream()
            .flatMap(group -> divided(group, "decayed", "norms-and-biases"))
            .toList();
  }

  /// {@return these groups, each divided into one of its own name and one with `-norms-and-biases`
  /// behind it (every parameter of type bias, gamma or beta), whose weight decay is fixed at 0;
  /// both stay one part}
  default Splitter withoutDecayOnNormsAndBiases() {
    return model ->
        split(model).stream()
            .flatMap(group -> divided(group, group.name(), group.name() + "-norms-and-biases"))
            .toList();
  }

  private static Stream<ParameterGroup> divided(
      ParameterGroup group, String decayedName, String plainName) {
    var decayed = new PairList<String, Parameter>();
    var plain = new PairList<String, Parameter>();
    for (var pair : group.parameters()) {
      switch (pair.getValue().getType()) {
        case BIAS, GAMMA, BETA -> plain.add(pair);
        default -> decayed.add(pair);
      }
    }
    var given = new HashMap<>(group.given());
    given.put(Hyper.WEIGHT_DECAY, 0.0);
    return Stream.of(
            new ParameterGroup(decayedName, group.part(), decayed, group.given()),
            new ParameterGroup(plainName, group.part(), plain, given))
        .filter(each -> !each.parameters().isEmpty());
  }

  /// {@return the parameters of a model that can be trained, by their names, each once though
  /// blocks may share it: frozen weights and biases too, so that they can be unfrozen later, but no
  /// running statistics, and no scale or shift of a norm that was made without: in a model with
  /// frozen weights, a norm of which neither requires a gradient is taken for frozen, too}
  static PairList<String, Parameter> trainable(Block model) {
    Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    var parameters = new PairList<String, Parameter>();
    boolean frozen =
        model.getParameters().values().stream()
            .anyMatch(each -> isTrainable(each) && !each.requiresGradient());
    for (Pair<String, Parameter> pair : model.getParameters()) {
      if ((isTrainable(pair.getValue()) || (frozen && isOfFrozenNorm(pair, model)))
          && seen.add(pair.getValue())) {
        parameters.add(pair);
      }
    }
    return parameters;
  }

  private static boolean isOfFrozenNorm(Pair<String, Parameter> pair, Block model) {
    String block = pair.getKey().substring(0, pair.getKey().lastIndexOf('_') + 1);
    return isOfNorm(pair.getValue())
        && model.getParameters().stream()
            .filter(each -> isOfNorm(each.getValue()))
            .filter(each -> each.getKey().lastIndexOf('_') + 1 == block.length())
            .filter(each -> each.getKey().startsWith(block))
            .noneMatch(each -> each.getValue().requiresGradient());
  }

  private static boolean isOfNorm(Parameter parameter) {
    return parameter.getType() == Parameter.Type.GAMMA
        || parameter.getType() == Parameter.Type.BETA;
  }

  /// {@return whether a parameter can be trained: it requires a gradient, or is a frozen weight or
  /// bias}
  static boolean isTrainable(Parameter parameter) {
    return parameter.requiresGradient()
        || switch (parameter.getType()) {
          case WEIGHT, BIAS -> true;
          default -> false;
        };
  }
}
