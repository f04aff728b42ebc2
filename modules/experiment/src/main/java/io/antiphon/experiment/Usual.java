package io.antiphon.experiment;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
import io.antiphon.core.spi.Provider;
import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The model, the loss and the metrics that are usual for a task, from `tasks.yaml`; what an
/// experiment leaves open is taken from here once its data tell the task.
public final class Usual {
  private static final String TASKS = "tasks.yaml";

  private final Node.Mapping tasks;
  private final Catalog catalog;

  Usual(Catalog catalog) {
    this.catalog = catalog;
    tasks = ExperimentFile.resource(TASKS, "what is usual for a task");
  }

  /// {@return the usual component of a section for a task, if there is one and its module is here}
  <P extends Provider> Optional<Choice<P>> one(Section section, Kind<P> kind, Task task) {
    return several(section, kind, task).stream().findFirst();
  }

  /// {@return the usual components of a section for a task, of which the modules are here}
  <P extends Provider> List<Choice<P>> several(Section section, Kind<P> kind, Task task) {
    for (String key : List.of(task.goal().id(), form(task))) {
      Optional<Node> usual =
          tasks.get(key).flatMap(sections -> ((Node.Mapping) sections).get(section.key()));
      if (usual.isPresent()) {
        return choices(section, kind, usual.get());
      }
    }
    return List.of();
  }

  /// {@return everything that may become of an open section}
  <P extends Provider> List<Choice<P>> possible(Section section, Kind<P> kind) {
    var all = new ArrayList<Choice<P>>();
    for (Node.Entry task : tasks.entries()) {
      ((Node.Mapping) task.value())
          .get(section.key())
          .ifPresent(usual -> all.addAll(choices(section, kind, usual)));
    }
    return all;
  }

  private <P extends Provider> List<Choice<P>> choices(Section section, Kind<P> kind, Node usual) {
    Node canonical = section.canonical(usual);
    List<Node> items = canonical instanceof Node.Sequence list ? list.items() : List.of(canonical);
    var choices = new ArrayList<Choice<P>>();
    for (Node item : items) {
      var component = (Node.Mapping) item;
      var id = (Node.Scalar) component.get(section.idKey()).orElseThrow();
      if (catalog.find(kind, id.text()).isPresent()) {
        choices.add(Choice.of(catalog, kind, section.idKey(), component));
      }
    }
    return choices;
  }

  /// {@return what a model gets}
  private static String form(Task task) {
    if (task.inputs().stream().anyMatch(input -> !input.features().isEmpty())) {
      return "table";
    }
    return task.inputs().getFirst().shape().dimension() > 2 ? "images" : "numbers";
  }

  @Override
  public String toString() {
    return TASKS;
  }
}
