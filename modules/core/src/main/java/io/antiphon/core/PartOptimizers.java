package io.antiphon.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;

/// An optimizer for each part of a model.
final class PartOptimizers implements Optimizer {
  private final List<ParameterGroup> groups;
  private final List<Optimizer> parts;

  private PartOptimizers(List<ParameterGroup> groups, List<Optimizer> parts) {
    this.groups = List.copyOf(groups);
    this.parts = List.copyOf(parts);
  }

  @Override
  public List<ParameterGroup> groups() {
    return groups;
  }

  @Override
  public List<Optimizer> parts() {
    return parts;
  }

  @Override
  public void step() {
    parts.forEach(Optimizer::step);
  }

  @Override
  public void step(Predicate<ParameterGroup> trains) {
    for (Optimizer part : parts) {
      if (part.groups().stream().anyMatch(trains)) {
        part.step(trains);
      }
    }
  }

  @Override
  public void close() {
    parts.forEach(Optimizer::close);
  }

  /// @param factories by the names of parts
  record Factory(SequencedMap<String, Optimizer.Factory> factories) implements Optimizer.Factory {
    Factory {
      factories = new LinkedHashMap<>(factories);
      if (factories.isEmpty()) {
        throw new IllegalArgumentException("there is no optimizer; name one for each part");
      }
    }

    @Override
    public Splitter splitter() {
      return model -> {
        var groups = new ArrayList<ParameterGroup>();
        for (ParameterGroup child : Splitter.children().split(model)) {
          Optimizer.Factory factory = factories.get(child.part());
          // the norms and biases of a part are apart where its own optimizer wants that
          boolean divided =
              factory != null
                  && factory.splitter().split(model).stream()
                      .anyMatch(group -> group.fixes(Hyper.WEIGHT_DECAY));
          groups.addAll(
              divided
                  ? ((Splitter) _ -> List.of(child)).withoutDecayOnNormsAndBiases().split(model)
                  : List.of(child));
        }
        return groups;
      };
    }

    @Override
    public Optimizer create(List<ParameterGroup> groups) {
      Map<String, List<ParameterGroup>> byPart = new LinkedHashMap<>();
      for (ParameterGroup group : groups) {
        byPart.computeIfAbsent(group.part(), _ -> new ArrayList<>()).add(group);
      }
      if (!byPart.keySet().equals(factories.keySet())) {
        throw new IllegalArgumentException(
            "there are optimizers for the parts %s, but the model has the parts %s; name one for each"
                .formatted(factories.keySet(), byPart.keySet()));
      }
      var made = new ArrayList<Optimizer>();
      try {
        byPart.forEach((part, its) -> made.add(of(part).create(List.copyOf(its))));
      } catch (RuntimeException | Error e) {
        made.forEach(Optimizer::close);
        throw e;
      }
      return new PartOptimizers(groups, made);
    }

    private Optimizer.Factory of(String part) {
      return java.util.Objects.requireNonNull(factories.get(part));
    }
  }
}
