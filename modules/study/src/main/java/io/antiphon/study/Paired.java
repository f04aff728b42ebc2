package io.antiphon.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.inference.TTest;
import org.apache.commons.math3.stat.ranking.NaNStrategy;
import org.apache.commons.math3.stat.ranking.NaturalRanking;
import org.apache.commons.math3.stat.ranking.TiesStrategy;

/// Differences of pairs, their mean with its interval, and two tests of whether there is any.
///
/// @param pairs how many there are
/// @param mean their mean; NaN without pairs
/// @param low the lower end of the 95 % confidence interval of the mean by Student's t, which takes
///   the differences for normally distributed; NaN with fewer than 2 pairs
/// @param high its upper end
/// @param t the two-sided p-value of the paired t-test; NaN with fewer than 2 pairs, and where all
///   differences are equal, because there is no spread to judge them by
/// @param wilcoxon the two-sided exact p-value of Wilcoxon's signed-rank test: differences of zero
///   are left out, as Wilcoxon did, ties have their mean rank, and the distribution is that of all
///   signs of these ranks; NaN with fewer than 2 pairs, and where all differences are zero
/// @param spread how the differences lie
record Paired(
    int pairs, double mean, double low, double high, double t, double wilcoxon, Spread spread) {
  /// The level of the interval.
  static final double LEVEL = 0.95;

  /// Differences that are equal but for rounding, relative to the numbers that they are of.
  private static final double ROUNDING = 1e-12;

  /// How differences lie.
  enum Spread {
    /// There are fewer than two.
    TOO_FEW,
    /// All are zero.
    IDENTICAL,
    /// All are the same, and not zero.
    CONSTANT,
    /// They differ.
    SPREAD
  }

  /// {@return what pairs tell}
  ///
  /// @param with the first number of each pair
  /// @param without the second one, in the same order
  static Paired of(double[] with, double[] without) {
    double[] differences = differences(with, without);
    int n = differences.length;
    double mean = n == 0 ? Double.NaN : StatUtils.mean(differences);
    if (n < 2) {
      return new Paired(n, mean, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Spread.TOO_FEW);
    }
    double wilcoxon = wilcoxon(differences);
    double first = differences[0];
    if (Arrays.stream(differences).allMatch(each -> each == first)) {
      Spread spread = first == 0 ? Spread.IDENTICAL : Spread.CONSTANT;
      return new Paired(n, first, first, first, Double.NaN, wilcoxon, spread);
    }
    double half =
        new TDistribution(n - 1).inverseCumulativeProbability((1 + LEVEL) / 2)
            * Math.sqrt(StatUtils.variance(differences) / n);
    double t = new TTest().tTest(0, differences); // which the paired one is, of the differences
    return new Paired(n, mean, mean - half, mean + half, t, wilcoxon, Spread.SPREAD);
  }

  /// What rounding alone makes different becomes equal, so that ties are seen.
  private static double[] differences(double[] with, double[] without) {
    double[] differences = new double[with.length];
    double scale = 0;
    for (int i = 0; i < with.length; i++) {
      scale = Math.max(scale, Math.max(Math.abs(with[i]), Math.abs(without[i])));
    }
    double grain = scale * ROUNDING;
    for (int i = 0; i < with.length; i++) {
      double difference = with[i] - without[i];
      differences[i] = grain == 0 ? difference : Math.rint(difference / grain) * grain + 0.0;
    }
    return differences;
  }

  /// {@return the two-sided exact p-value of the signed-rank test}
  static double wilcoxon(double[] differences) {
    double[] nonzero = Arrays.stream(differences).filter(each -> each != 0).toArray();
    if (nonzero.length == 0) {
      return Double.NaN;
    }
    double[] ranks =
        new NaturalRanking(NaNStrategy.FAILED, TiesStrategy.AVERAGE)
            .rank(Arrays.stream(nonzero).map(Math::abs).toArray());
    int[] doubled = Arrays.stream(ranks).mapToInt(rank -> (int) Math.rint(2 * rank)).toArray();
    int positive = 0;
    for (int i = 0; i < nonzero.length; i++) {
      positive += nonzero[i] > 0 ? doubled[i] : 0;
    }
    double[] chances = chances(doubled);
    double below = 0;
    double above = 0;
    for (int sum = 0; sum < chances.length; sum++) {
      below += sum <= positive ? chances[sum] : 0;
      above += sum >= positive ? chances[sum] : 0;
    }
    return Math.min(1, 2 * Math.min(below, above));
  }

  /// {@return how likely each sum of the positive ranks is if each sign is as likely as the other}
  private static double[] chances(int[] ranks) {
    double[] chances = new double[Arrays.stream(ranks).sum() + 1];
    chances[0] = 1;
    for (int rank : ranks) {
      for (int sum = chances.length - 1; sum >= 0; sum--) {
        chances[sum] = (chances[sum] + (sum >= rank ? chances[sum - rank] : 0)) / 2;
      }
    }
    return chances;
  }

  /// {@return the p-values of several tests, each corrected for that there are others, by Holm's
  /// step-down; one that is NaN is no test, and stays so}
  ///
  /// Source: S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979.
  static List<Double> holm(List<Double> probabilities) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < probabilities.size(); i++) {
      if (!Double.isNaN(probabilities.get(i))) {
        order.add(i);
      }
    }
    order.sort((a, b) -> Double.compare(probabilities.get(a), probabilities.get(b)));
    var corrected = new ArrayList<>(probabilities);
    double greatest = 0;
    for (int i = 0; i < order.size(); i++) {
      double p = (order.size() - i) * probabilities.get(order.get(i));
      greatest = Math.max(greatest, Math.min(1, p));
      corrected.set(order.get(i), greatest);
    }
    return List.copyOf(corrected);
  }
}
