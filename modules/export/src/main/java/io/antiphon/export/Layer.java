package io.antiphon.export;

import java.util.List;
import java.util.Map;

/// A layer in the words of PyTorch.
///
/// @param own what its weights' names begin with in the net; empty for nothing
/// @param name what it is called in the Python module, as a path: `layers.3`; empty for one that is
///   only in TorchScript
/// @param python what makes it there: `nn.Linear(10, 64)`
/// @param weights its weights: from their names in the net to those in the layer of the Python
///   module
/// @param counts the counts of batches that PyTorch's layers keep and a prediction never reads, by
///   their names in the layer of the Python module
/// @param script what it does in TorchScript to `x`, line by line; a weight is its name in the net,
///   in braces
record Layer(
    String own,
    String name,
    String python,
    Map<String, String> weights,
    List<String> counts,
    List<String> script) {

  /// {@return a layer without weights}
  static Layer plain(String name, String python, String... script) {
    return new Layer("", name, python, Map.of(), List.of(), List.of(script));
  }

  /// {@return something that only TorchScript says in so many words}
  static Layer words(String... script) {
    return plain("", "", script);
  }

  /// {@return the name of a weight in the net}
  String full(String weight) {
    return own.isEmpty() ? weight : own + "_" + weight;
  }

  /// {@return the name of a weight in the Python module}
  String path(String weight) {
    return name + "." + weight;
  }
}
