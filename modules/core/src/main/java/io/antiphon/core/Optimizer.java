package io.antiphon.core;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Predicate;

/// Updates parameters from their gradients. All that it remembers and all its hyper-parameters are
/// readable and settable.
public interface Optimizer extends AutoCloseable {
  /// {@return the groups, whose hyper-parameters are read at every step}
  List<ParameterGroup> groups();

  /// Updates every parameter that requires a gradient, from its gradient as it stands. Records no
  /// graph.
  void step();

  /// Updates the parameters of some groups, as [#step()] does, and leaves the others as they are.
  ///
  /// @param trains the groups to update
  default void step(Predicate<ParameterGroup> trains) {
    try (var _ = new Rest(groups(), trains)) {
      step();
    }
  }

  /// Updates what a turn trains.
  default void step(Turn turn) {
    if (turn.equals(Turn.ALL)) {
      step();
    } else {
      step(turn.trains());
    }
  }

  /// {@return the optimizers that this is made of, each with groups and a memory of its own:
  /// itself, or one for each part of the model ([Factory#ofParts])}
  default List<Optimizer> parts() {
    return List.of(this);
  }

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

  /// {@return a hyper-parameter of the last group that has it and does not fix it, the one nearest
  /// to the model's output; of the last one that has it if all fix it}
  ///
  /// @throws IllegalArgumentException if no group has it; the message names those that there are
  default double get(Hyper hyper) {
    List<ParameterGroup> having = having(hyper);
    for (ParameterGroup group : having.reversed()) {
      if (!group.fixes(hyper)) {
        return group.get(hyper);
      }
    }
    return having.getLast().get(hyper);
  }

  /// Sets a hyper-parameter of every group that has it and does not fix it; it stays.
  ///
  /// @throws IllegalArgumentException if no group has it; the message names those that there are
  default void set(Hyper hyper, double value) {
    for (ParameterGroup group : having(hyper)) {
      if (!group.fixes(hyper)) {
        group.set(hyper, value);
      }
    }
  }

  /// {@return the groups that have a hyper-parameter; optimizers of several parts may differ}
  ///
  /// @throws IllegalArgumentException if none has it; the message names those that there are
  default List<ParameterGroup> having(Hyper hyper) {
    List<ParameterGroup> having =
        groups().stream().filter(group -> group.hypers().contains(hyper)).toList();
    if (having.isEmpty()) {
      groups().getLast().get(hyper); // says what there is
    }
    return having;
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

    /// {@return an optimizer of one's own for each part of the model, all of them together one
    /// optimizer: its groups have the hyper-parameters of their part's}
    ///
    /// @param factories by the names of parts, all that there are; the parts are the model's
    ///   children ([Splitter#children]) unless the learner is told otherwise
    static Factory ofParts(SequencedMap<String, ? extends Factory> factories) {
      return new PartOptimizers.Factory(new LinkedHashMap<>(factories));
    }

    /// {@return as [#ofParts(SequencedMap)], for two parts}
    static Factory ofParts(String part, Factory factory, String second, Factory its) {
      var factories = new LinkedHashMap<String, Factory>();
      factories.put(part, factory);
      factories.put(second, its);
      return ofParts(factories);
    }
  }
}
