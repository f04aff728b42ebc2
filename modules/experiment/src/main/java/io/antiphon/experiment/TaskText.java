package io.antiphon.experiment;

import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What is to be learned, for people.
final class TaskText {
  private static final int SHOWN = 10;

  private TaskText() {}

  /// {@return a task in a line: `classification into 3 classes: barbera, barolo, grignolino`}
  static String of(Task task) {
    int count = task.outputs();
    String what =
        switch (task.goal()) {
          case CLASSIFICATION, SEGMENTATION ->
              task.goal().id() + " into " + (count == 1 ? "1 class" : count + " classes");
          case LABELS ->
              count == 1 ? "whether 1 label holds" : "which of " + count + " labels hold";
          case REGRESSION -> "regression of " + (count == 1 ? "1 number" : count + " numbers");
          case LANGUAGE_MODEL -> "language model of " + count + " tokens";
        };
    List<String> names = task.names();
    return names.equals(Task.numbered(count))
        ? what
        : what + ": " + some(names.stream().map(Sentence::shown).toList());
  }

  /// {@return what the columns of a table are, in lines}
  static List<String> features(Task task) {
    var numbers = new ArrayList<String>();
    var categories = new ArrayList<String>();
    for (Task.Input input : task.inputs()) {
      for (Task.Feature feature : input.features()) {
        String name = Sentence.shown(feature.name());
        if (feature.categories().isEmpty()) {
          numbers.add(name);
        } else {
          categories.add("%s (%d)".formatted(name, feature.categories().size()));
        }
      }
    }
    var lines = new ArrayList<String>();
    if (!numbers.isEmpty()) {
      lines.add("numbers     " + some(numbers));
    }
    if (!categories.isEmpty()) {
      lines.add("categories  " + some(categories));
    }
    return lines;
  }

  private static String some(List<String> names) {
    String shown = names.stream().limit(SHOWN).collect(Collectors.joining(", "));
    return names.size() > SHOWN ? "%s and %d more".formatted(shown, names.size() - SHOWN) : shown;
  }
}
