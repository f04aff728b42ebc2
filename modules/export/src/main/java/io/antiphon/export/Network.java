package io.antiphon.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A net in the words of PyTorch.
///
/// @param id what it is called in experiments
/// @param layers its layers, in the order in which TorchScript runs them; those of a name like
///   `layers.3` are in one `nn.Sequential`
/// @param arguments what the Python module gets
/// @param forward what it does, line by line
/// @param parameters what is trained, by the names in the Python module
/// @param arrays every array of the net, by the names in the Python module
record Network(
    String id,
    List<Layer> layers,
    String arguments,
    List<String> forward,
    Set<String> parameters,
    Map<String, NDArray> arrays) {

  /// @param net the net's own parameters by their names
  /// @throws UnsupportedOperationException if they are not those of the layers
  static Network of(
      String id,
      Map<String, Parameter> net,
      List<Layer> layers,
      String arguments,
      List<String> forward) {
    var there = new LinkedHashMap<>(net);
    var arrays = new LinkedHashMap<String, NDArray>();
    var parameters = new LinkedHashSet<String>();
    for (Layer layer : layers) {
      layer
          .weights()
          .forEach((own, name) -> {
            Parameter parameter = there.remove(layer.full(own));
            if (parameter == null) {
              throw unlike(id, "lacks " + layer.full(own));
            }
            arrays.put(layer.path(name), parameter.getArray());
            switch (parameter.getType()) {
              case RUNNING_MEAN, RUNNING_VAR -> {}
              default -> parameters.add(layer.path(name));
            }
          });
    }
    if (!there.isEmpty()) {
      throw unlike(id, "has " + String.join(", ", there.keySet()) + " too");
    }
    return new Network(id, layers, arguments, forward, parameters, arrays);
  }

  static UnsupportedOperationException unlike(String id, String how) {
    return new UnsupportedOperationException(
        "the net is not the %s that its options make: it %s".formatted(id, how));
  }

  /// {@return every array that the Python module has, by its names there}
  ///
  /// @param scratch owns those that are not the net's
  Map<String, NDArray> weights(NDManager scratch) {
    var weights = new LinkedHashMap<>(arrays);
    for (Layer layer : layers) {
      layer.counts().forEach(count -> weights.put(layer.path(count), scratch.create(0L)));
    }
    return weights;
  }
}
