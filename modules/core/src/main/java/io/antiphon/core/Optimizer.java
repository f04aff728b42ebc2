package io.antiphon.core;

import java.util.List;

/// Updates parameters from their gradients. All that it remembers and all its hyper-parameters are
/// readable and settable.
public interface Optimizer extends AutoCloseable {
  /// {@return the groups, whose hyper-parameters are read at every step}
  List<ParameterGroup> groups();

  /// Updates every parameter that requires a gradient, from its gradient as it stands. Records no
  /// graph.
  void step();

  /// {@return a group by its name}
  ///
  /// @throws IllegalArgumentException if there is none; the message names them
  default ParameterGroup group(String name) {
    for (ParameterGroup group : groups()) {
      if (group.name().equals(name)) {
        return group;
      }
    }
    throw new IllegalArgumentException(
        "there is no parameter group '%s'; there are %s"
            .formatted(name, groups().stream().map(ParameterGroup::name).toList()));
  }

  /// {@return a hyper-parameter of the last group that does not fix it, the one nearest to the
  /// model's output; of the last one if all fix it}
  default double get(Hyper hyper) {
    for (ParameterGroup group : groups().reversed()) {
      if (!group.fixes(hyper)) {
        return group.get(hyper);
      }
    }
    return groups().getLast().get(hyper);
  }

  /// Sets a hyper-parameter of every group that does not fix it; it stays.
  default void set(Hyper hyper, double value) {
    for (ParameterGroup group : groups()) {
      if (!group.fixes(hyper)) {
        group.set(hyper, value);
      }
    }
  }

  /// Closes the arrays that this remembers.
  @Override
  void close();

  /// Makes an optimizer for the groups of a model.
  @FunctionalInterface
  interface Factory {
    /// {@return an optimizer of these groups, whose hyper-parameters it defines}
    Optimizer create(List<ParameterGroup> groups);

    /// {@return how to split the model, unless the learner is told otherwise: one group}
    default Splitter splitter() {
      return Splitter.single();
    }
  }
}
