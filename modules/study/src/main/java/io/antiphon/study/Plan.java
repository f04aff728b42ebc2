package io.antiphon.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a study runs, settled before its first trial and never changed.
///
/// @param format the version of this form
/// @param command `ablate` or `sweep`
/// @param name what the experiment is called
/// @param metric the number by which trials are judged, a column of their rows
/// @param directions for each number of the tables whether more of it is better, in their order
/// @param threads how many threads a trial computes with, however many trials run at once
/// @param epochs how many epochs the experiment trains; 0 if it does not count epochs
/// @param rungs after how many epochs poor trials end, ascending; none if all run to their end
/// @param eta one of how many trials goes on after a rung
/// @param axes the paths that a sweep varies, with their spaces; none for an ablation
/// @param trials the trials, by their numbers
record Plan(
    int format,
    String command,
    String name,
    String metric,
    Map<String, Boolean> directions,
    int threads,
    int epochs,
    List<Integer> rungs,
    int eta,
    Map<String, String> axes,
    List<Trial> trials) {
  static final int FORMAT = 1;
  static final String ABLATE = "ablate";
  static final String SWEEP = "sweep";

  /// One run.
  ///
  /// @param number from 0
  /// @param name what it shows: the variant of an ablation, the trial of a sweep
  /// @param seed the seed of its run
  /// @param values what it sets in the experiment, by path
  record Trial(int number, String name, long seed, Map<String, String> values) {}

  /// {@return the numbers of the tables, the one by which trials are judged first}
  List<String> columns() {
    var columns = new ArrayList<>(directions.keySet());
    columns.remove(metric);
    columns.addFirst(metric);
    return List.copyOf(columns);
  }

  boolean isHigherBetter() {
    return directions.getOrDefault(metric, false);
  }
}
