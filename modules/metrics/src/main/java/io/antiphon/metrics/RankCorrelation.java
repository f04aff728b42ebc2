package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;
import java.util.Arrays;

/// How well predictions put targets in order: Spearman's rho and Kendall's tau-b, in [-1, 1].
///
/// Predictions and targets are `[B]` or `[B, …]` of the same size; of several outputs the mean is
/// taken. Equal values share their ranks. All predictions of a pass are kept on the device, 16
/// bytes a number, and sorted when the value is read.
public final class RankCorrelation extends CollectedMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def columns(x: Tensor, y: Tensor, outputs: int) -> Tuple[Tensor, Tensor]:
            return (torch.to(torch.reshape(x, [-1, outputs]), 7, False, True), torch.to(torch.reshape(y, [-1, outputs]), 7, False, True))
          """);

  private final boolean kendall;

  private RankCorrelation(String name, boolean kendall) {
    super(name);
    this.kendall = kendall;
  }

  /// Spearman's correlation; there is nothing to set.
  @Id("spearman")
  @Summary("Spearman's rank correlation of predictions and targets, in [-1, 1]")
  public record Spearman() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return spearman();
    }
  }

  /// Kendall's correlation; there is nothing to set.
  @Id("kendall")
  @Summary("Kendall's rank correlation tau-b of predictions and targets, in [-1, 1]")
  public record Kendall() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return kendall();
    }
  }

  /// {@return Pearson's correlation of the ranks, as `spearman`; NaN if either never varies}
  public static RankCorrelation spearman() {
    return new RankCorrelation("spearman", false);
  }

  /// {@return Kendall's tau-b, as `kendall`; NaN if either never varies}
  public static RankCorrelation kendall() {
    return new RankCorrelation("kendall", true);
  }

  @Override
  NDList columns(NDManager owner, NDArray predictions, NDArray targets) {
    long outputs = Regression.outputs(name(), predictions, targets);
    return SCRIPT.call(owner, "columns", predictions, targets, outputs);
  }

  @Override
  boolean skipsNaN() {
    return false;
  }

  @Override
  double value(double[] predictions, double[] targets) {
    boolean isOrdered =
        Arrays.stream(predictions).noneMatch(Double::isNaN)
            && Arrays.stream(targets).noneMatch(Double::isNaN);
    if (predictions.length < 2 || !isOrdered) {
      return Double.NaN;
    }
    return kendall ? tau(predictions, targets) : pearson(ranks(predictions), ranks(targets));
  }

  private static double[] ranks(double[] x) {
    int[] order = upward(x.length);
    sort(order, x);
    var ranks = new double[x.length];
    for (int from = 0, to; from < order.length; from = to) {
      to = from + 1;
      while (to < order.length && x[order[to]] == x[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to + 1) / 2.0; // equal values share the mean of their ranks
      }
    }
    return ranks;
  }

  private static double pearson(double[] x, double[] y) {
    double middle = (x.length + 1) / 2.0; // the mean of all ranks
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xx += (x[i] - middle) * (x[i] - middle);
      xy += (x[i] - middle) * (y[i] - middle);
      yy += (y[i] - middle) * (y[i] - middle);
    }
    return xy / Math.sqrt(xx * yy);
  }

  // Knight: A Computer Method for Calculating Kendall's Tau with Ungrouped Data, 1966
  private static double tau(double[] x, double[] y) {
    int[] order = upward(x.length);
    sort(order, y);
    double equalY = ties(order, y, y);
    sort(order, x); // stably, so that those of equal x are in the order of y
    double equalX = ties(order, x, x);
    double equal = ties(order, x, y);
    double discordant = sort(order, y);
    double pairs = x.length * (x.length - 1.0) / 2;
    return (pairs - equalX - equalY + equal - 2 * discordant)
        / Math.sqrt((pairs - equalX) * (pairs - equalY));
  }

  // how many pairs are equal in x and in y; those that are lie together
  private static double ties(int[] order, double[] x, double[] y) {
    double pairs = 0;
    double run = 0;
    for (int i = 1; i < order.length; i++) {
      boolean same = x[order[i]] == x[order[i - 1]] && y[order[i]] == y[order[i - 1]];
      run = same ? run + 1 : 0;
      pairs += run;
    }
    return pairs;
  }

  private static int[] upward(int size) {
    var order = new int[size];
    Arrays.setAll(order, i -> i);
    return order;
  }

  // sorts indices by the values at them, stably, by merging; returns how many pairs were the wrong
  // way round
  private static long sort(int[] order, double[] by) {
    long exchanged = 0;
    int size = order.length;
    var merged = new int[size];
    for (long width = 1; width < size; width *= 2) {
      for (long begin = 0; begin < size; begin += 2 * width) {
        int left = (int) begin;
        int middle = (int) Math.min(begin + width, size);
        int right = middle;
        int end = (int) Math.min(begin + 2 * width, size);
        for (int i = left; i < end; i++) {
          if (right == end || (left < middle && by[order[left]] <= by[order[right]])) {
            merged[i] = order[left++];
          } else {
            exchanged += middle - left;
            merged[i] = order[right++];
          }
        }
      }
      System.arraycopy(merged, 0, order, 0, size);
    }
    return exchanged;
  }
}
