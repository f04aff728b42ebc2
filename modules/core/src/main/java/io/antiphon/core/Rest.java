package io.antiphon.core;

import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Parameters that take no part for a while: they require no gradient until this is closed.
final class Rest implements AutoCloseable {
  private final List<Parameter> resting = new ArrayList<>();

  /// @param trains the groups that do take part
  Rest(List<ParameterGroup> groups, Predicate<ParameterGroup> trains) {
    for (ParameterGroup group : groups) {
      if (!trains.test(group)) {
        for (Parameter parameter : group.parameters().values()) {
          if (parameter.requiresGradient()) {
            parameter.freeze(true);
            resting.add(parameter);
          }
        }
      }
    }
  }

  boolean isEmpty() {
    return resting.isEmpty();
  }

  boolean holds(Parameter parameter) {
    return resting.contains(parameter);
  }

  @Override
  public void close() {
    if (!resting.isEmpty()) {
      resting.forEach(parameter -> parameter.freeze(false));
      resting.clear();
    }
  }
}
