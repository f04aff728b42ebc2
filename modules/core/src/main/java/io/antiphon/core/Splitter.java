package io.antiphon.core;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Splits a model's parameters into groups.
@FunctionalInterface
public interface Splitter {
  /// {@return the groups, which together hold every parameter that can be trained, each once}
  List<ParameterGroup> split(Block model);

  /// {@return one group, named `all`}
  static Splitter single() {
    return model -> List.of(new ParameterGroup("all", trainable(model), Map.of()));
  }

  /// {@return two groups: `decayed`, and `norms-and-biases` (every parameter of type bias, gamma or
  /// beta), whose weight decay is fixed at 0}
  static Splitter noDecayOnNormsAndBiases() {
    return model -> {
      var decayed = new PairList<String, Parameter>();
      var plain = new PairList<String, Parameter>();
      for (var pair : trainable(model)) {
        switch (pair.getValue().getType()) {
          case BIAS, GAMMA, BETA -> plain.add(pair);
          default -> decayed.add(pair);
        }
      }
      var groups = new ArrayList<ParameterGroup>();
      if (!decayed.isEmpty()) {
        groups.add(new ParameterGroup("decayed", decayed, Map.of()));
      }
      if (!plain.isEmpty()) {
        groups.add(new ParameterGroup("norms-and-biases", plain, Map.of(Hyper.WEIGHT_DECAY, 0.0)));
      }
      return groups;
    };
  }

  private static PairList<String, Parameter> trainable(Block model) {
    var parameters = new PairList<String, Parameter>();
    for (var pair : model.getParameters()) {
      if (pair.getValue().requiresGradient()) {
        parameters.add(pair);
      }
    }
    return parameters;
  }
}
