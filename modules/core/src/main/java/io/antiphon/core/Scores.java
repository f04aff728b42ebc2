package io.antiphon.core;

import java.util.Map;

/// The numbers of a pass.
///
/// @param loss the mean loss over what counts: all samples, or all places that the loss does not
///   leave out; NaN where nothing did
/// @param metrics the metrics' values by their names, in order, then the means of what was reported
///   ([Batch#report])
/// @param samples the number of samples seen
public record Scores(double loss, Map<String, Double> metrics, long samples) {
  public Scores {
    metrics = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(metrics));
  }
}
