package io.antiphon.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The numbers of one epoch. Every row of a fit has the same columns; what never was is NaN.
///
/// @param epoch the index in the fit, from 0
/// @param trainLoss the smoothed training loss at the epoch's end; NaN if no batch was trained
/// @param validLoss the mean validation loss; NaN if the validation was cancelled, stopped early or
///   never ran
/// @param metrics the metrics by the names of their columns, in order: of the training part, named
///   `train_…`, where they are computed there; then of the validation part
/// @param seconds how long the epoch took
/// @param partial whether a part of the epoch was cancelled, stopped or failed before its end
public record Row(
    int epoch,
    double trainLoss,
    double validLoss,
    SequencedMap<String, Double> metrics,
    double seconds,
    boolean partial) {
  public Row {
    metrics = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metrics));
  }

  /// {@return all numbers but the epoch's by the names of their columns, in order: `train_loss`,
  /// `valid_loss`, metrics, `time` in seconds}
  public SequencedMap<String, Double> numbers() {
    var numbers = new LinkedHashMap<String, Double>();
    numbers.put("train_loss", trainLoss);
    numbers.put("valid_loss", validLoss);
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      numbers.put(metric.getKey(), metric.getValue());
    }
    numbers.put("time", seconds);
    return Collections.unmodifiableSequencedMap(numbers);
  }
}
