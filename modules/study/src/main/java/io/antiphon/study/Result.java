package io.antiphon.study;

import io.antiphon.core.Row;
import java.util.List;
import java.util.Optional;

/// What there is of a trial.
///
/// @param trial the trial
/// @param finding how it is; none if it was not brought to an end or to a pause yet
/// @param rows its whole epochs
record Result(Plan.Trial trial, Optional<Finding> finding, List<Row> rows) {
  static Result of(StudyFolder study, Plan.Trial trial) {
    return new Result(trial, study.finding(trial), study.rows(trial));
  }

  static List<Result> of(StudyFolder study, List<Plan.Trial> trials) {
    return trials.stream().map(trial -> of(study, trial)).toList();
  }

  boolean is(Finding.State state) {
    return finding.filter(each -> each.state() == state).isPresent();
  }

  /// {@return a number at the end of the last of the first epochs; NaN if it has none, or failed
  /// before they were over}
  ///
  /// @param epochs how many epochs count
  double value(String column, long epochs) {
    List<Row> counted = rows.stream().filter(row -> row.number() < epochs).toList();
    boolean failedBefore = is(Finding.State.FAILED) && counted.size() < epochs;
    return (failedBefore || counted.isEmpty())
        ? Double.NaN
        : counted.getLast().numbers().getOrDefault(column, Double.NaN);
  }

  /// {@return a number at the end of the last epoch; NaN if it has none, or failed}
  double value(String column) {
    return value(column, Long.MAX_VALUE);
  }

  /// {@return the median time of an epoch, its validation included, in seconds; NaN without epochs}
  double secondsPerEpoch() {
    double[] seconds = rows.stream().mapToDouble(Row::seconds).sorted().toArray();
    int middle = seconds.length / 2;
    if (seconds.length == 0) {
      return Double.NaN;
    }
    return seconds.length % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
  }

  /// {@return the most memory that its process had resident, in MB (10^6 bytes); NaN if that is not
  /// known}
  double peakMegabytes() {
    return finding
        .map(Finding::peakBytes)
        .filter(bytes -> bytes > 0)
        .map(bytes -> bytes / 1e6)
        .orElse(Double.NaN);
  }

  /// {@return how it is, in a few words}
  String state() {
    return finding
        .map(each ->
            switch (each.state()) {
              case FINISHED -> "finished";
              case PAUSED -> "stopped after epoch " + each.epochs();
              case FAILED -> "failed: " + each.error();
            })
        .orElse("not finished");
  }

  /// {@return what it came to, for people}
  String told(String column) {
    if (is(Finding.State.FAILED)) {
      return state();
    }
    return "%s %s after epoch %d, %s s each"
        .formatted(
            column, Cells.number(value(column)), rows.size(), Cells.number(secondsPerEpoch()));
  }
}
