package io.antiphon.metrics;

import io.antiphon.core.Check;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.Arrays;

/// How well each class is told from the others: precision, recall, F-beta, Jaccard, Dice, in [0,
/// 1].
///
/// Predictions and targets are as for [Accuracy]. Of labels, several of which may hold, each is
/// told from its absence, and averages are over labels. A ratio of 0 to 0, of a class that was
/// never predicted or never the target, is 0, as in scikit-learn.
public final class ClassScore extends ConfusionMetric {
  @SuppressWarnings("UnusedVariable") // annotations read it
  private static final String AVERAGE =
      "auto: class 1 of two, the mean over more and over labels; macro, weighted by class sizes, or all together";

  private final Average average;
  private final Ratio ratio;

  /// A ratio of how often a class was predicted rightly, predicted wrongly, and missed.
  private interface Ratio {
    double of(double right, double wrong, double missed);
  }

  private ClassScore(String name, Average average, Ratio ratio) {
    super(name);
    this.average = average;
    this.ratio = ratio;
  }

  /// The fraction of a class's predictions that are right.
  @Id("precision")
  @Summary("fraction of a class's predictions that are right")
  public record Precision(@Summary(AVERAGE) Average average) implements Comparison.OfClasses {
    /// Of class 1 if there are two, else the mean over classes.
    public Precision() {
      this(Average.AUTO);
    }

    @Override
    public Metric create() {
      return precision(average);
    }
  }

  /// The fraction of a class's members that are found.
  @Id("recall")
  @Summary("fraction of a class's members that are found")
  public record Recall(@Summary(AVERAGE) Average average) implements Comparison.OfClasses {
    /// Of class 1 if there are two, else the mean over classes.
    public Recall() {
      this(Average.AUTO);
    }

    @Override
    public Metric create() {
      return recall(average);
    }
  }

  /// The weighted harmonic mean of precision and recall.
  @Id("f-beta")
  @Summary("weighted harmonic mean of precision and recall; F1 for beta 1")
  public record FBeta(
      @Summary("how much more recall counts than precision, greater than 0") double beta,
      @Summary(AVERAGE) Average average)
      implements Comparison.OfClasses {
    public FBeta {
      Check.above("beta", beta, 0);
    }

    /// F1, of class 1 if there are two, else the mean over classes.
    public FBeta() {
      this(1, Average.AUTO);
    }

    @Override
    public Metric create() {
      return fBeta(beta, average);
    }
  }

  /// Intersection over union of a class's members and predictions.
  @Id("jaccard")
  @Summary("intersection over union (IoU) of a class's members and predictions")
  public record Jaccard(@Summary(AVERAGE) Average average) implements Comparison.OfClasses {
    /// Of class 1 if there are two, else the mean over classes.
    public Jaccard() {
      this(Average.AUTO);
    }

    @Override
    public Metric create() {
      return jaccard(average);
    }
  }

  /// Twice the intersection over the sizes of a class's members and predictions.
  @Id("dice")
  @Summary("twice the intersection over the sizes of a class's members and predictions")
  public record Dice(@Summary(AVERAGE) Average average) implements Comparison.OfClasses {
    /// Of class 1 if there are two, else the mean over classes.
    public Dice() {
      this(Average.AUTO);
    }

    @Override
    public Metric create() {
      return new ClassScore("dice", average, f(1));
    }
  }

  /// {@return the fraction of a class's predictions that are right, as `precision`}
  public static ClassScore precision(Average average) {
    return new ClassScore("precision", average, (right, wrong, _) -> ratio(right, right + wrong));
  }

  /// {@return the fraction of a class's members that are found, as `recall`}
  public static ClassScore recall(Average average) {
    return new ClassScore("recall", average, (right, _, missed) -> ratio(right, right + missed));
  }

  /// {@return the weighted harmonic mean of precision and recall, as `f1` for beta 1}
  ///
  /// @param beta how much more recall counts than precision, greater than 0
  public static ClassScore fBeta(double beta, Average average) {
    String number = beta == Math.rint(beta) ? Long.toString((long) beta) : Double.toString(beta);
    return new ClassScore("f" + number, average, f(Check.above("beta", beta, 0)));
  }

  /// {@return intersection over union of a class's members and predictions, as `jaccard`}
  public static ClassScore jaccard(Average average) {
    return new ClassScore(
        "jaccard", average, (right, wrong, missed) -> ratio(right, right + wrong + missed));
  }

  private static Ratio f(double beta) {
    double square = beta * beta;
    return (right, wrong, missed) ->
        ratio((1 + square) * right, (1 + square) * right + square * missed + wrong);
  }

  private static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }

  @Override
  double value(double[][] counts) {
    if (sum(targeted(counts)) == 0) {
      return Double.NaN; // all places are left out
    }
    var right = new double[counts.length];
    Arrays.setAll(right, i -> counts[i][i]);
    return value(right, predicted(counts), targeted(counts), counts.length == 2);
  }

  @Override
  double value(double[] right, double[] predicted, double[] targeted) {
    return value(right, predicted, targeted, false);
  }

  private double value(double[] right, double[] predicted, double[] targeted, boolean isYesOrNo) {
    double sum = 0;
    double weights = 0;
    double allRight = 0;
    double allWrong = 0;
    double allMissed = 0;
    for (int i = 0; i < right.length; i++) {
      double wrong = predicted[i] - right[i];
      double missed = targeted[i] - right[i];
      double weight =
          switch (average) {
            case AUTO -> isYesOrNo ? i : occurs(right[i] + wrong + missed);
            case MACRO -> occurs(right[i] + wrong + missed);
            case WEIGHTED -> targeted[i];
            case MICRO -> 0;
          };
      if (weight > 0) {
        sum += weight * ratio.of(right[i], wrong, missed);
        weights += weight;
      }
      allRight += right[i];
      allWrong += wrong;
      allMissed += missed;
    }
    return average == Average.MICRO ? ratio.of(allRight, allWrong, allMissed) : ratio(sum, weights);
  }

  private static double occurs(double times) {
    return times > 0 ? 1 : 0;
  }
}
