package io.antiphon.study;

import java.util.List;
import java.util.OptionalInt;

/// Brings trials to an epoch, wherever they run.
interface Runner extends AutoCloseable {
  /// Brings trials to an epoch, or to their end.
  ///
  /// @param pauseAfter after how many epochs they pause; none if they run to their end
  /// @return whether all are there or failed; false if that is left for later
  boolean run(List<Plan.Trial> trials, OptionalInt pauseAfter);

  @Override
  void close();

  /// {@return of some trials those that are not there yet}
  static List<Plan.Trial> missing(
      StudyFolder study, List<Plan.Trial> trials, OptionalInt pauseAfter) {
    long until = pauseAfter.isPresent() ? pauseAfter.getAsInt() : Long.MAX_VALUE;
    return trials.stream()
        .filter(trial -> study.finding(trial).filter(each -> each.isDone(until)).isEmpty())
        .toList();
  }

  /// Notes that a trial failed whose process ended without a word.
  static void failed(StudyFolder study, Plan.Trial trial, String why) {
    long peak = study.finding(trial).map(Finding::peakBytes).orElse(0L);
    int epochs = study.rows(trial).size();
    study.write(trial, new Finding(Finding.State.FAILED, epochs, peak, why));
  }
}
