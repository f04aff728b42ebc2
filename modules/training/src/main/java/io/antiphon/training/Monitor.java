package io.antiphon.training;

import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Scores;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// A number of each epoch that is watched, when a value is better than another, and how long to
/// wait for one.
///
/// @param name the column's name: `valid_loss`, `train_loss` (the smoothed loss at the epoch's
///   end), a metric's name, or `train_` with a metric's name where metrics are computed in training
/// @param mode which way is better
/// @param minDelta by how much a value must be better to count, at least 0
/// @param patience how many epochs in a row may be no better, at least 1
public record Monitor(String name, Mode mode, double minDelta, int patience) {
  static final String VALID_LOSS = "valid_loss";
  static final String TRAIN_LOSS = "train_loss";
  private static final String TRAIN = "train_";

  /// Which way is better.
  public enum Mode {
    /// As the metric says; smaller for a loss.
    AUTO,
    /// Smaller is better.
    MIN,
    /// Greater is better.
    MAX
  }

  public Monitor {
    if (name.isBlank()) {
      throw Check.refused("monitor", "empty", "the name of a number such as valid_loss");
    }
    Check.atLeast("min-delta", minDelta, 0);
    Check.atLeast("patience", patience, 1);
  }

  /// {@return a monitor for which anything better counts}
  public static Monitor of(String name, int patience) {
    return new Monitor(name, Mode.AUTO, 0, patience);
  }

  /// Refuses a number that this fit will never have.
  ///
  /// @throws IllegalArgumentException if there is none of that name; the message names those that
  ///   there are
  void check(Fit fit) {
    check(fit.learner(), "monitor");
  }

  /// Refuses a number that fits of this learner will never have.
  ///
  /// @param option the option that names it
  void check(Learner learner, String option) {
    List<String> names = names(learner);
    if (!names.contains(name)) {
      throw new RefusedException(
          option, "there is no number '%s' to monitor; there are %s".formatted(name, names));
    }
  }

  private static List<String> names(Learner learner) {
    var names = new ArrayList<String>(List.of(TRAIN_LOSS));
    if (learner.validData().isPresent()) {
      names.add(VALID_LOSS);
      learner.metrics().forEach(metric -> names.add(metric.name()));
    }
    if (learner.scoresTraining()) {
      learner.metrics().forEach(metric -> names.add(TRAIN + metric.name()));
    }
    return names;
  }

  /// {@return the number of an epoch that has ended; none if the part that gives it was cancelled}
  OptionalDouble value(Epoch epoch) {
    return switch (name) {
      case TRAIN_LOSS -> OptionalDouble.of(epoch.fit().smoothLoss());
      case VALID_LOSS ->
          epoch
              .validScores()
              .map(scores -> OptionalDouble.of(scores.loss()))
              .orElseGet(OptionalDouble::empty);
      default -> {
        OptionalDouble valid = metric(epoch.validScores(), name);
        yield valid.isPresent() || !name.startsWith(TRAIN)
            ? valid
            : metric(epoch.trainScores(), name.substring(TRAIN.length()));
      }
    };
  }

  private static OptionalDouble metric(Optional<Scores> scores, String name) {
    Double value = scores.map(Scores::metrics).map(metrics -> metrics.get(name)).orElse(null);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /// {@return whether greater values are better in this learner}
  boolean isHigherBetter(Learner learner) {
    return switch (mode) {
      case MIN -> false;
      case MAX -> true;
      case AUTO ->
          learner.metrics().stream()
              .filter(metric -> name.equals(metric.name()) || name.equals(TRAIN + metric.name()))
              .findFirst()
              .map(Metric::isHigherBetter)
              .orElse(false);
    };
  }
}
