package io.antiphon.training;

import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Row;
import java.util.List;
import java.util.OptionalDouble;

/// A number of each epoch that is watched, when a value is better than another, and how long to
/// wait for one.
///
/// @param name the column's name ([Row#columns]): `valid_loss`, `train_loss`, the name of a metric
///   or of a number that is reported, or `train_` with one of those, a metric's where metrics are
///   computed in training
/// @param mode which way is better
/// @param minDelta by how much a value must be better to count, at least 0
/// @param patience after how many epochs in a row that are no better the wait is over, at least 1
public record Monitor(String name, Mode mode, double minDelta, int patience) {
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

  /// {@return the same of another number}
  public Monitor name(String name) {
    return new Monitor(name, mode, minDelta, patience);
  }

  /// {@return the same with another way that is better}
  public Monitor mode(Mode mode) {
    return new Monitor(name, mode, minDelta, patience);
  }

  /// {@return the same with another least difference that counts}
  public Monitor minDelta(double minDelta) {
    return new Monitor(name, mode, minDelta, patience);
  }

  /// {@return the same with another patience}
  public Monitor patience(int patience) {
    return new Monitor(name, mode, minDelta, patience);
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
    return Row.columns(learner).stream()
        .filter(column -> learner.validData().isPresent() || !isOfValidation(column, learner))
        .toList();
  }

  private static boolean isOfValidation(String column, Learner learner) {
    return column.equals(Row.VALID_LOSS)
        || learner.reports().contains(column)
        || learner.metrics().stream().anyMatch(metric -> metric.name().equals(column));
  }

  /// {@return the number of an epoch that has ended; none if the part that gives it was cut short}
  OptionalDouble value(Epoch epoch) {
    boolean isWhole =
        isOfValidation(name, epoch.fit().learner())
            ? epoch.validScores().isPresent()
            : epoch.trainScores().isPresent();
    return isWhole ? OptionalDouble.of(epoch.row().value(name)) : OptionalDouble.empty();
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
