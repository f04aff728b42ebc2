package io.antiphon.experiment;

import java.util.LinkedHashMap;
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
/// @param time seconds
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
    metrics = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /// {@return the numbers by the names of their columns: epoch, train_loss, valid_loss, the
  /// metrics, time; empty where there is none}
  public Map<String, String> columns() {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put("epoch", Long.toString(epoch));
    columns.put("train_loss", Numbers.text(trainLoss));
    columns.put("valid_loss", Numbers.text(validLoss));
    metrics.forEach((name, value) -> columns.put(name, Numbers.text(value)));
    columns.put("time", Numbers.text(time));
    return columns;
  }

  /// {@return this as one line of JSON}
  String json() {
    var json = new Json().raw("epoch", Long.toString(epoch)).raw("step", Long.toString(step));
    json.raw("train_loss", Numbers.text(trainLoss)).raw("valid_loss", Numbers.text(validLoss));
    var scores = new Json();
    metrics.forEach((name, value) -> scores.raw(name, Numbers.text(value)));
    json.raw("metrics", scores.toString());
    return json.raw("lr", Numbers.text(lr))
        .raw("time", Numbers.text(time))
        .raw("partial", Boolean.toString(partial))
        .toString();
  }
}
