package io.antiphon.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The numbers of one epoch, said once: tables, files and trackers read them here.
///
/// Every row of a learner has the same columns; what never was is NaN. The training part counts as
/// far as it came, the validation part if it ran to its end.
///
/// @param index the epoch's index in its fit, from 0
/// @param number the epoch's index over the learner's life, from 0
/// @param step the number of training batches done in the learner's life, at the epoch's end
/// @param cells the numbers that are scored, in the order of [#columns]
/// @param lr the learning rate of the last group, at the epoch's end; NaN if it has none
/// @param seconds how long the epoch took, until its `AFTER` event
/// @param partial whether a part of the epoch was cancelled, stopped or failed before its end
public record Row(
    int index,
    long number,
    long step,
    List<Cell> cells,
    double lr,
    double seconds,
    boolean partial) {
  /// The column of the epoch's number, in tables and files.
  public static final String EPOCH = "epoch";

  /// The column of the mean training loss.
  public static final String TRAIN_LOSS = "train_loss";

  /// The column of the mean validation loss.
  public static final String VALID_LOSS = "valid_loss";

  /// The column of the seconds, in tables and files.
  public static final String TIME = "time";

  private static final String TRAIN = "train_";

  /// A number in its column.
  public record Cell(String column, double value) {}

  public Row {
    cells = List.copyOf(cells);
  }

  /// {@return the names of the columns of a learner's rows, in order: `train_loss`, `valid_loss`,
  /// `train_` and the name of each metric that is computed in training and of each number that is
  /// reported ([Learner#reports]), the metrics' names, the names of what is reported}
  ///
  /// A metric named `loss` has no column of its own for training: `train_loss` is the mean of what
  /// is trained.
  public static List<String> columns(Learner learner) {
    return List.copyOf(numbers(learner, Optional.empty(), Optional.empty()).sequencedKeySet());
  }

  static List<Cell> cells(Learner learner, Optional<Scores> train, Optional<Scores> valid) {
    return numbers(learner, train, valid).entrySet().stream()
        .map(each -> new Cell(each.getKey(), each.getValue()))
        .toList();
  }

  private static SequencedMap<String, Double> numbers(
      Learner learner, Optional<Scores> train, Optional<Scores> valid) {
    var numbers = new LinkedHashMap<String, Double>();
    numbers.put(TRAIN_LOSS, train.map(Scores::loss).orElse(Double.NaN));
    numbers.put(VALID_LOSS, valid.map(Scores::loss).orElse(Double.NaN));
    if (learner.scoresTraining()) {
      learner
          .metrics()
          .forEach(
              metric -> numbers.putIfAbsent(TRAIN + metric.name(), value(train, metric.name())));
    }
    List<String> reports = learner.reports();
    reports.forEach(name -> numbers.put(TRAIN + name, value(train, name)));
    learner.metrics().forEach(metric -> numbers.put(metric.name(), value(valid, metric.name())));
    reports.forEach(name -> numbers.put(name, value(valid, name)));
    return numbers;
  }

  private static double value(Optional<Scores> scores, String name) {
    return scores.map(Scores::metrics).orElse(Map.of()).getOrDefault(name, Double.NaN);
  }

  /// Refuses metrics whose columns would hide others.
  ///
  /// @throws IllegalArgumentException which names the column
  static void check(List<Metric> metrics, boolean scoresTraining) {
    var names = new java.util.HashSet<String>();
    for (Metric metric : metrics) {
      if (!names.add(metric.name())) {
        throw new IllegalArgumentException(
            "there is a metric named '%s' already".formatted(metric.name()));
      }
      if (List.of(EPOCH, TRAIN_LOSS, VALID_LOSS, TIME).contains(metric.name())) {
        throw new IllegalArgumentException(
            "a metric is named '%s', which is a column of every epoch; give it another name"
                .formatted(metric.name()));
      }
    }
    for (Metric metric : metrics) {
      if (scoresTraining && names.contains(TRAIN + metric.name())) {
        throw new IllegalArgumentException(
            "'%s%s' is the column of metric '%2$s' in training and the name of another metric; give that another name"
                .formatted(TRAIN, metric.name()));
      }
    }
  }

  /// Refuses reports whose columns would hide others.
  ///
  /// @param reports the names under which numbers are reported
  /// @throws IllegalArgumentException which names the column
  static void check(List<Metric> metrics, boolean scoresTraining, List<String> reports) {
    if (reports.isEmpty()) {
      return;
    }
    var taken = new java.util.HashSet<>(List.of(EPOCH, TRAIN_LOSS, VALID_LOSS, TIME));
    for (Metric metric : metrics) {
      taken.add(metric.name());
      if (scoresTraining) {
        taken.add(TRAIN + metric.name());
      }
    }
    for (String report : reports) {
      for (String column : List.of(TRAIN + report, report)) {
        if (!taken.add(column)) {
          throw new IllegalArgumentException(
              "what is reported as '%s' has the column '%s', as something else has; give it another name"
                  .formatted(report, column));
        }
      }
    }
  }

  /// {@return the numbers that are scored by the names of their columns, in order}
  public SequencedMap<String, Double> numbers() {
    var numbers = new LinkedHashMap<String, Double>();
    cells.forEach(cell -> numbers.put(cell.column(), cell.value()));
    return Collections.unmodifiableSequencedMap(numbers);
  }

  /// {@return the mean loss of the training batches, over what counted; of those that there were if
  /// the training part was cut short, NaN if there were none}
  public double trainLoss() {
    return value(TRAIN_LOSS);
  }

  /// {@return the mean loss of the validation; NaN if it did not run to its end}
  public double validLoss() {
    return value(VALID_LOSS);
  }

  /// {@return the number of a column}
  ///
  /// @throws IllegalArgumentException if there is none of that name; the message names those that
  ///   there are
  public double value(String column) {
    for (Cell cell : cells) {
      if (cell.column().equals(column)) {
        return cell.value();
      }
    }
    throw new IllegalArgumentException(
        "there is no column '%s'; there are %s".formatted(column, numbers().keySet()));
  }
}
