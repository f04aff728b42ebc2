package io.antiphon.core;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A length of training, never a bare number: `5 epochs`, `500 steps`, `0.1 of the run`.
///
/// @param amount how many, finite and at least 0; at most 1 of the run
/// @param unit of what
public record Length(double amount, Unit unit) {
  private static final Pattern TEXT =
      Pattern.compile(
          "([0-9.]+(?:[eE][-+]?[0-9]+)?)\\s*(|epochs?|steps?|of the run)",
          Pattern.CASE_INSENSITIVE);

  /// What a length counts.
  public enum Unit {
    /// Passes over the training data.
    EPOCHS,
    /// Training batches.
    STEPS,
    /// The whole training, as 1.
    RUN
  }

  public Length {
    if (!(amount >= 0 && amount < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("a length is " + amount + ", not 0 or more");
    }
    if (unit == Unit.RUN && amount > 1) {
      throw new IllegalArgumentException("a length is " + amount + " of the run, not 0 to 1");
    }
    if (unit == Unit.STEPS && amount != Math.rint(amount)) {
      throw new IllegalArgumentException("a length is " + amount + " steps, not a whole number");
    }
  }

  /// {@return that many epochs}
  public static Length epochs(double epochs) {
    return new Length(epochs, Unit.EPOCHS);
  }

  /// {@return that many training batches}
  public static Length steps(long steps) {
    return new Length(steps, Unit.STEPS);
  }

  /// {@return a fraction of the training, in [0, 1]}
  public static Length ofRun(double fraction) {
    return new Length(fraction, Unit.RUN);
  }

  /// Reads a length.
  ///
  /// @param text `5 epochs`, `500 steps` or `0.1 of the run`; a whole number alone counts epochs
  /// @throws IllegalArgumentException if it is none of these
  public static Length parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (matcher.matches()) {
      try {
        Unit unit =
            switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
              case "", "epoch", "epochs" -> Unit.EPOCHS;
              case "step", "steps" -> Unit.STEPS;
              default -> Unit.RUN;
            };
        double amount = Double.parseDouble(matcher.group(1));
        if (matcher.group(2).isEmpty() && amount != Math.rint(amount)) {
          throw ofWhat(text.strip(), amount);
        }
        return new Length(amount, unit);
      } catch (NumberFormatException _) {
        // said below
      }
    }
    throw new IllegalArgumentException(
        "'%s' is no length; write '5 epochs', '500 steps' or '0.1 of the run'".formatted(text));
  }

  private static IllegalArgumentException ofWhat(String number, double amount) {
    return new IllegalArgumentException(
        "%1$s of what? Write %2$s'%1$s epochs'"
            .formatted(number, amount < 1 ? "'" + number + " of the run' or " : ""));
  }

  /// {@return this length, which is a run's, in training batches, at least 1}
  ///
  /// @param option what is that long, for messages: `epochs`
  /// @param perEpoch training batches per epoch
  /// @throws IllegalArgumentException if this is a part of a run, shorter than a step, or longer
  ///   than epochs or steps are counted
  public long toRun(String option, long perEpoch) {
    checkRun(option);
    long steps = toSteps(perEpoch);
    if (steps < 1) {
      throw new RefusedException(
          option,
          "%s is %s, which is no training step: an epoch has %d; at least 1 step"
              .formatted(option, this, perEpoch));
    }
    long epochs = unit == Unit.STEPS ? 1 : Math.ceilDiv(steps, perEpoch);
    if (steps == Long.MAX_VALUE || epochs > Integer.MAX_VALUE) {
      throw new RefusedException(
          option,
          "%s is %s, which is longer than a run can be: at most %,d epochs, and %,d steps"
              .formatted(option, this, Integer.MAX_VALUE, Long.MAX_VALUE - 1));
    }
    return steps;
  }

  /// Refuses a length that is a part of a run, for one that is a run's own.
  ///
  /// @param option what is that long, for messages: `epochs`
  /// @throws IllegalArgumentException if this is a part of a run
  public void checkRun(String option) {
    if (unit == Unit.RUN) {
      throw Check.refused(option, this, "a number of epochs or steps");
    }
  }

  /// {@return this length in training batches, rounded}
  ///
  /// @param perEpoch training batches per epoch
  /// @param run training batches of the run
  public long toSteps(long perEpoch, long run) {
    return switch (unit) {
      case EPOCHS -> Math.round(amount * perEpoch);
      case STEPS -> (long) amount;
      case RUN -> Math.round(amount * run);
    };
  }

  /// {@return this length in training batches, rounded}
  ///
  /// @param perEpoch training batches per epoch
  /// @throws IllegalStateException if this is a part of a run
  public long toSteps(long perEpoch) {
    if (unit == Unit.RUN) {
      throw new IllegalStateException(
          "'" + this + "' cannot be how long a run is; give epochs or steps");
    }
    return toSteps(perEpoch, 0);
  }

  /// {@return this length as a fraction of the run, in [0, 1]}
  ///
  /// @param perEpoch training batches per epoch
  /// @param run training batches of the run
  public double toFraction(long perEpoch, long run) {
    return switch (unit) {
      case EPOCHS, STEPS -> run == 0 ? 0 : Math.min(1, (double) toSteps(perEpoch, run) / run);
      case RUN -> amount;
    };
  }

  /// {@return this length several times}
  public Length times(double factor) {
    return new Length(unit == Unit.STEPS ? Math.rint(amount * factor) : amount * factor, unit);
  }

  /// {@return the text that [#parse] reads}
  @Override
  public String toString() {
    String number =
        amount == Math.rint(amount) && amount < 1e15
            ? Long.toString((long) amount)
            : Double.toString(amount);
    return switch (unit) {
      case EPOCHS -> number + (amount == 1 ? " epoch" : " epochs");
      case STEPS -> number + (amount == 1 ? " step" : " steps");
      case RUN -> number + " of the run";
    };
  }
}
