package io.antiphon.csv;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.options.Spelling;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// What a model shall give for a table's rows.
///
/// @param layout which columns
/// @param names the classes, labels or outputs, in order
record Targets(Layout layout, List<String> names) {
  private static final String BETWEEN = "[;|]";

  /// {@return the targets of a table}
  static Targets of(Csv.Options options, Layout layout, Rows rows) {
    if (layout.goal() == Goal.REGRESSION || isInColumns(layout)) {
      return new Targets(layout, layout.targets());
    }
    List<String> names = options.classes();
    if (names.isEmpty()) {
      names =
          layout.goal() == Goal.CLASSIFICATION
              ? List.copyOf(rows.classes.values())
              : labels(rows.classes);
    }
    String column = layout.targets().getFirst();
    if (layout.goal() == Goal.CLASSIFICATION && names.size() < 2) {
      throw new DataException(
          "%s: target column '%s' has only the class '%s' in %,d rows; there must be two at least"
              .formatted(rows.file(), column, names.getFirst(), rows.size()));
    }
    if (names.size() > Finding.MOST) {
      throw new DataException(
          "%s: target column '%s' has more than %,d classes; say task: regression if they are numbers"
              .formatted(rows.file(), column, Finding.MOST));
    }
    if (names.isEmpty()) {
      throw new DataException(
          "%s: target column '%s' has no label in any row".formatted(rows.file(), column));
    }
    return new Targets(layout, names);
  }

  private static boolean isInColumns(Layout layout) {
    return layout.goal() == Goal.LABELS && layout.targets().size() > 1;
  }

  private static List<String> labels(Codes values) {
    var labels = new LinkedHashSet<String>();
    values.values().forEach(value -> labels.addAll(labels(value)));
    return List.copyOf(labels);
  }

  private static List<String> labels(String value) {
    var labels = new ArrayList<String>();
    for (String label : value.split(BETWEEN, -1)) {
      if (!label.isBlank()) {
        labels.add(label.strip());
      }
    }
    return labels;
  }

  /// {@return the class of each row}
  ///
  /// @throws DataException if one is not among the names
  int[] classes(Rows rows) {
    var index = new int[rows.classes.values().size()];
    for (int code = 0; code < index.length; code++) {
      index[code] = names.indexOf(rows.classes.values().get(code));
    }
    var classes = new int[rows.size()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = index[rows.classes.code(i)];
      if (classes[i] < 0) {
        throw unknown(rows, i, "class", rows.classes.value(i));
      }
    }
    return classes;
  }

  private DataException unknown(Rows rows, int row, String what, String name) {
    return Reading.wrong(
        rows.file(),
        rows.line(row),
        "column '%s' has the %s '%s'%s",
        layout.targets().getFirst(),
        what,
        name,
        Spelling.hint(name, names, "there are"));
  }

  /// Checks that every class which validates has a row that trains.
  void checkClasses(int[] train, int[] trainRows, Rows second, int[] valid, int[] validRows) {
    var trained = new boolean[names.size()];
    for (int row : trainRows) {
      trained[train[row]] = true;
    }
    for (int row : validRows) {
      if (!trained[valid[row]]) {
        throw Reading.wrong(
            second.file(),
            second.line(row),
            "class '%s' is in the rows that validate but in none that train",
            names.get(valid[row]));
      }
    }
  }

  /// {@return the targets of some rows: classes, int64 `[N]`, or numbers, float32 `[N, K]`}
  NDArray of(NDManager manager, Rows rows, int[] chosen) {
    if (layout.goal() == Goal.CLASSIFICATION) {
      int[] classes = classes(rows);
      var targets = new long[chosen.length];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = classes[chosen[i]];
      }
      return manager.create(targets);
    }
    int width = names.size();
    var targets = new float[Math.multiplyExact(chosen.length, width)];
    for (int i = 0; i < chosen.length; i++) {
      if (layout.goal() == Goal.REGRESSION || isInColumns(layout)) {
        for (int j = 0; j < width; j++) {
          targets[i * width + j] = rows.values.get(j).get(chosen[i]);
        }
        continue;
      }
      for (String label : labels(rows.classes.value(chosen[i]))) {
        int index = names.indexOf(label);
        if (index < 0) {
          throw unknown(rows, chosen[i], "label", label);
        }
        targets[i * width + index] = 1;
      }
    }
    return manager.create(targets, new Shape(chosen.length, width));
  }

  /// {@return where the targets of the training rows lie, for regression}
  List<Task.Scale> scales(Rows rows, int[] train) {
    var scales = new ArrayList<Task.Scale>();
    if (layout.goal() == Goal.REGRESSION) {
      for (Floats column : rows.values) {
        float[] values = column.present(train);
        double mean = Fit.sum(values) / values.length;
        double squares = 0;
        for (float value : values) {
          squares += (value - mean) * (value - mean);
        }
        double deviation = Math.sqrt(squares / values.length);
        scales.add(new Task.Scale(mean, deviation > 0 ? deviation : 1));
      }
    }
    return scales;
  }
}
