package io.antiphon.metrics;

import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;

/// How well predictions agree with targets, fair to classes of any size: balanced accuracy, Cohen's
/// kappa, Matthews' correlation.
///
/// Predictions and targets are as for [Accuracy], but no labels of which several may hold.
public final class Agreement extends ConfusionMetric {
  private final Statistic statistic;

  private interface Statistic {
    double of(double[][] counts);
  }

  /// How much it counts that a prediction is some classes away from its target.
  public enum Weights {
    /// All wrong classes alike.
    NONE,
    /// By their distance, of classes in an order.
    LINEAR,
    /// By the square of their distance.
    QUADRATIC
  }

  private Agreement(String name, Statistic statistic) {
    super(name);
    this.statistic = statistic;
  }

  /// The mean of the classes' recalls; there is nothing to set.
  @Id("balanced-accuracy")
  @Summary("mean over classes of the fraction of their members that are found")
  public record BalancedAccuracy() implements MetricProvider {
    @Override
    public Metric create() {
      return balancedAccuracy();
    }

    @Override
    public void check(Task task) {
      Classes.check("balanced-accuracy", task);
    }
  }

  /// Cohen's kappa (1960).
  @Id("cohen-kappa")
  @Summary("Cohen's kappa: agreement beyond chance, at most 1")
  public record CohenKappa(
      @Summary("whether wrong classes count by their distance from the target, and how")
          Weights weights)
      implements MetricProvider {
    /// All wrong classes count alike.
    public CohenKappa() {
      this(Weights.NONE);
    }

    @Override
    public Metric create() {
      return cohenKappa(weights);
    }

    @Override
    public void check(Task task) {
      Classes.check("cohen-kappa", task);
    }
  }

  /// Matthews' correlation coefficient; there is nothing to set.
  @Id("matthews")
  @Summary("Matthews' correlation coefficient, in [-1, 1]")
  public record Matthews() implements MetricProvider {
    @Override
    public Metric create() {
      return matthews();
    }

    @Override
    public void check(Task task) {
      Classes.check("matthews", task);
    }
  }

  /// {@return the mean of the recalls of all classes that are targets, in [0, 1]}
  public static Agreement balancedAccuracy() {
    return new Agreement("balanced_accuracy", Agreement::balancedAccuracy);
  }

  /// {@return Cohen's kappa: 1 for agreement, 0 for chance, NaN if both know one class only}
  public static Agreement cohenKappa(Weights weights) {
    return new Agreement("cohen_kappa", counts -> cohenKappa(counts, weights));
  }

  /// {@return Matthews' correlation coefficient of several classes (Gorodkin, 2004), in [-1, 1]; 0
  /// where targets or predictions are all of one class}
  public static Agreement matthews() {
    return new Agreement("matthews", Agreement::matthews);
  }

  @Override
  double value(double[][] counts) {
    return statistic.of(counts);
  }

  private static double balancedAccuracy(double[][] counts) {
    double[] targeted = targeted(counts);
    double sum = 0;
    int classes = 0;
    for (int i = 0; i < counts.length; i++) {
      if (targeted[i] > 0) {
        sum += counts[i][i] / targeted[i];
        classes++;
      }
    }
    return sum / classes;
  }

  private static double cohenKappa(double[][] counts, Weights weights) {
    double[] predicted = predicted(counts);
    double[] targeted = targeted(counts);
    double all = sum(targeted);
    double seen = 0;
    double expected = 0;
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts.length; j++) {
        double weight =
            switch (weights) {
              case NONE -> i == j ? 0 : 1;
              case LINEAR -> Math.abs(i - j);
              case QUADRATIC -> (double) (i - j) * (i - j);
            };
        seen += weight * counts[i][j];
        expected += weight * targeted[i] * predicted[j] / all;
      }
    }
    return 1 - seen / expected;
  }

  private static double matthews(double[][] counts) {
    double[] predicted = predicted(counts);
    double[] targeted = targeted(counts);
    double all = sum(targeted);
    double right = 0;
    double both = 0;
    double squares = 0;
    double squaresOfTargets = 0;
    for (int i = 0; i < counts.length; i++) {
      right += counts[i][i];
      both += predicted[i] * targeted[i];
      squares += predicted[i] * predicted[i];
      squaresOfTargets += targeted[i] * targeted[i];
    }
    double spread = Math.sqrt(all * all - squares) * Math.sqrt(all * all - squaresOfTargets);
    if (all == 0) {
      return Double.NaN;
    }
    return spread == 0 ? 0 : (right * all - both) / spread;
  }
}
