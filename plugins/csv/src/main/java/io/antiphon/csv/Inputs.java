package io.antiphon.csv;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.spi.Task;
import io.antiphon.data.DataException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a model gets of a table's rows.
final class Inputs {
  /// What stands for categories that are missing or unknown.
  private static final String OTHER = "(other)";

  private static final int MOST = 500_000_000;

  private final List<Column> numbers;
  private final List<Column> categories;
  private final boolean oneHot;
  private final int width;

  Inputs(List<Column> columns, Csv.Encoding encoding) {
    numbers = columns.stream().filter(Column::isNumber).toList();
    categories = columns.stream().filter(column -> !column.isNumber()).toList();
    oneHot = encoding == Csv.Encoding.ONE_HOT;
    int hot = oneHot ? categories.stream().mapToInt(c -> c.categories().size()).sum() : 0;
    width = numbers.size() + hot;
  }

  /// {@return the inputs, for a task}
  List<Task.Input> described(int batchSize) {
    var floats = new ArrayList<Task.Feature>();
    var indices = new ArrayList<Task.Feature>();
    for (Column each : numbers) {
      var scale = new Task.Scale(each.mean(), each.deviation());
      floats.add(new Task.Feature(each.name(), List.of(), scale));
    }
    for (Column each : categories) {
      if (oneHot) {
        each.categories().stream()
            .map(name -> each.name() + "=" + name)
            .forEach(name -> floats.add(new Task.Feature(name, List.of(), Task.Scale.NONE)));
      } else {
        var all = new ArrayList<>(List.of(OTHER));
        all.addAll(each.categories());
        indices.add(new Task.Feature(each.name(), all, Task.Scale.NONE));
      }
    }
    var inputs = new ArrayList<Task.Input>();
    if (!floats.isEmpty()) {
      inputs.add(new Task.Input(new Shape(batchSize, floats.size()), floats));
    }
    if (!indices.isEmpty()) {
      inputs.add(new Task.Input(new Shape(batchSize, indices.size()), indices));
    }
    return inputs;
  }

  /// {@return the inputs of some rows: numbers, float32 `[N, F]`, and categories, int64 `[N, G]`}
  NDList of(NDManager manager, Rows rows, int[] chosen) {
    int count = chosen.length;
    if ((long) count * Math.max(width, categories.size()) > MOST) {
      throw new DataException(
          "%s: %,d rows of %,d numbers are more than fits an array; split the file"
              .formatted(rows.file(), count, width));
    }
    var arrays = new NDList();
    int[][] indices = new int[categories.size()][];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = indices(categories.get(i), rows.categories.get(i));
    }
    if (width > 0) {
      var floats = new float[count * width];
      for (int j = 0; j < numbers.size(); j++) {
        Floats column = rows.numbers.get(j);
        for (int i = 0; i < count; i++) {
          floats[i * width + j] = numbers.get(j).standardized(column.get(chosen[i]));
        }
      }
      int at = numbers.size();
      for (int j = 0; oneHot && j < indices.length; j++) {
        for (int i = 0; i < count; i++) {
          int index = index(rows.categories.get(j), indices[j], chosen[i]);
          if (index > 0) {
            floats[i * width + at + index - 1] = 1;
          }
        }
        at += categories.get(j).categories().size();
      }
      arrays.add(manager.create(floats, new Shape(count, width)));
    }
    if (!oneHot && indices.length > 0) {
      var all = new long[count * indices.length];
      for (int j = 0; j < indices.length; j++) {
        for (int i = 0; i < count; i++) {
          all[i * indices.length + j] = index(rows.categories.get(j), indices[j], chosen[i]);
        }
      }
      arrays.add(manager.create(all, new Shape(count, indices.length)));
    }
    return arrays;
  }

  private static int index(Codes codes, int[] indices, int row) {
    return codes.isMissing(row) ? 0 : indices[codes.code(row)];
  }

  /// {@return the index of each of the codes of a column}
  private static int[] indices(Column column, Codes codes) {
    Map<String, Integer> known = new HashMap<>();
    for (int i = 0; i < column.categories().size(); i++) {
      known.put(column.categories().get(i), i + 1);
    }
    return codes.values().stream().mapToInt(value -> known.getOrDefault(value, 0)).toArray();
  }
}
