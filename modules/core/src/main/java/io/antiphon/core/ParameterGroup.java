package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import ai.djl.util.PairList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Parameters that share their hyper-parameters.
///
/// A hyper-parameter set here stays. One set through a scope ([Scope#set(Hyper, double)]) lies over
/// it until the scope ends.
public final class ParameterGroup {
  private final String name;
  private final String part;
  private final PairList<String, Parameter> parameters;
  private final Map<Hyper, Double> given;
  private final Map<Hyper, Layered<Double>> hypers = new LinkedHashMap<>();

  /// A group that is a part of the model by itself.
  ///
  /// @param name the group's name
  /// @param parameters its parameters by their names in the model
  /// @param given hyper-parameters that this group fixes, whatever the optimizer's own values
  public ParameterGroup(
      String name, PairList<String, Parameter> parameters, Map<Hyper, Double> given) {
    this(name, name, parameters, given);
  }

  /// A group that shares its part of the model with others.
  ///
  /// @param name the group's name
  /// @param part what is frozen, and given its learning rate, as one
  /// @param parameters its parameters by their names in the model
  /// @param given hyper-parameters that this group fixes, whatever the optimizer's own values
  public ParameterGroup(
      String name, String part, PairList<String, Parameter> parameters, Map<Hyper, Double> given) {
    this.name = name;
    this.part = part;
    this.parameters = parameters;
    this.given = Map.copyOf(given);
  }

  /// {@return the group's name}
  public String name() {
    return name;
  }

  /// {@return the part of the model that this belongs to: the group's own name, unless a splitter
  /// divided the part further (see [Splitter#withoutDecayOnNormsAndBiases])}
  public String part() {
    return part;
  }

  /// {@return the parameters by their names in the model}
  public PairList<String, Parameter> parameters() {
    return parameters;
  }

  /// {@return the arrays of those parameters that require a gradient, in order}
  public NDList trainable() {
    var arrays = new NDList();
    for (var pair : parameters) {
      if (pair.getValue().requiresGradient()) {
        arrays.add(pair.getValue().getArray());
      }
    }
    return arrays;
  }

  /// Gives this group a hyper-parameter, unless the group fixes it. Called by the optimizer.
  public void define(Hyper hyper, double value) {
    hypers.put(hyper, new Layered<>(given.getOrDefault(hyper, value)));
  }

  /// {@return the hyper-parameters that there are, in the optimizer's order}
  public Set<Hyper> hypers() {
    return Collections.unmodifiableSet(hypers.keySet());
  }

  Map<Hyper, Double> given() {
    return given;
  }

  /// {@return whether this group fixes a hyper-parameter, so that the optimizer's own does not
  /// count}
  public boolean fixes(Hyper hyper) {
    return given.containsKey(hyper);
  }

  /// {@return the value in force}
  ///
  /// @throws IllegalArgumentException if there is no such hyper-parameter; the message names them
  public double get(Hyper hyper) {
    return layered(hyper).get();
  }

  /// {@return the value that stays, without what open scopes lay over it}
  ///
  /// @throws IllegalArgumentException if there is no such hyper-parameter; the message names them
  public double base(Hyper hyper) {
    return layered(hyper).base();
  }

  /// Sets a value that stays; layers of open scopes still lie over it.
  ///
  /// @throws IllegalArgumentException if there is no such hyper-parameter; the message names them
  public void set(Hyper hyper, double value) {
    layered(hyper).base(value);
  }

  Layered<Double> layered(Hyper hyper) {
    Layered<Double> value = hypers.get(hyper);
    if (value == null) {
      throw new IllegalArgumentException(
          "this optimizer has no hyper-parameter '%s'; it has %s"
              .formatted(hyper, hypers.keySet()));
    }
    return value;
  }

  @Override
  public String toString() {
    return name + " (" + parameters.size() + " parameters)";
  }
}
