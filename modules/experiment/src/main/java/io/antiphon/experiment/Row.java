package io.antiphon.experiment;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The numbers of one epoch.
///
/// A number that is not there, because it was never computed or is not finite, is NaN.
///
/// @param epoch the epoch over the learner's life, from 0
/// @param step the number of training batches done in the learner's life, at the epoch's end
/// @param trainLoss the smoothed training loss at the epoch's end
/// @param validLoss the mean validation loss
/// @param metrics the metrics by their names, in order
/// @param lr the learning rate of the last group, at the epoch's end
/// @param time seconds, to the millisecond
/// @param partial whether the epoch was stopped, cancelled, or failed before its end
public record Row(
    long epoch,
    long step,
    double trainLoss,
    double validLoss,
    Map<String, Double> metrics,
    double lr,
    double time,
    boolean partial) {
  public Row {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /// {@return the names of the columns: epoch, train_loss, valid_loss, the metrics, time}
  static List<String> columns(List<String> metrics) {
    var names = new ArrayList<>(List.of("epoch", "train_loss", "valid_loss"));
    names.addAll(metrics);
    names.add("time");
    return List.copyOf(names);
  }

  /// {@return the numbers by the names of their columns, in order; empty where there is none}
  public Map<String, String> columns() {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put("epoch", Long.toString(epoch));
    columns.put("train_loss", Numbers.text(trainLoss));
    columns.put("valid_loss", Numbers.text(validLoss));
    metrics.forEach((name, value) -> columns.put(name, Numbers.text(value)));
    columns.put("time", Numbers.text(time));
    return columns;
  }

  /// {@return this as a JSON object}
  JsonObject json() {
    var scores = new JsonObject();
    metrics.forEach((name, value) -> scores.add(name, Numbers.json(Numbers.text(value))));
    var json = new JsonObject();
    json.addProperty("epoch", epoch);
    json.addProperty("step", step);
    json.add("train_loss", Numbers.json(Numbers.text(trainLoss)));
    json.add("valid_loss", Numbers.json(Numbers.text(validLoss)));
    json.add("metrics", scores);
    json.add("lr", Numbers.json(Numbers.text(lr)));
    json.add("time", Numbers.json(Numbers.text(time)));
    json.addProperty("partial", partial);
    return json;
  }
}
