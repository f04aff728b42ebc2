package io.antiphon.experiment;

import com.google.gson.JsonObject;
import io.antiphon.core.Learner;
import io.antiphon.core.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A row of an epoch in files. A number that is not there, or not finite, is empty in CSV and null
/// in JSON.
final class Columns {
  private Columns() {}

  /// {@return the names of the columns: epoch, those of the learner's rows, time}
  static List<String> of(Learner learner) {
    var names = new ArrayList<String>();
    names.add(Row.EPOCH);
    names.addAll(Row.columns(learner));
    names.add(Row.TIME);
    return List.copyOf(names);
  }

  /// {@return the numbers of a row by the names of their columns, in order; empty where there is
  /// none}
  static SequencedMap<String, String> texts(Row row) {
    var texts = new LinkedHashMap<String, String>();
    texts.put(Row.EPOCH, Long.toString(row.number()));
    row.cells().forEach(cell -> texts.put(cell.column(), Numbers.text(cell.value())));
    texts.put(Row.TIME, time(row));
    return texts;
  }

  private static String time(Row row) {
    return Numbers.text(Math.round(row.seconds() * 1e3) / 1e3);
  }

  /// {@return a row as a JSON object: the metrics in one of their own}
  static JsonObject json(Row row) {
    var losses = new JsonObject();
    var metrics = new JsonObject();
    for (Row.Cell cell : row.cells()) {
      boolean isLoss = List.of(Row.TRAIN_LOSS, Row.VALID_LOSS).contains(cell.column());
      (isLoss ? losses : metrics).add(cell.column(), Numbers.json(Numbers.text(cell.value())));
    }
    var json = new JsonObject();
    json.addProperty(Row.EPOCH, row.number());
    json.addProperty("step", row.step());
    losses.entrySet().forEach(loss -> json.add(loss.getKey(), loss.getValue()));
    json.add("metrics", metrics);
    json.add("lr", Numbers.json(Numbers.text(row.lr())));
    json.add(Row.TIME, Numbers.json(time(row)));
    json.addProperty("partial", row.partial());
    return json;
  }
}
