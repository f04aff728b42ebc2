package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Metric;
import io.antiphon.core.Ranks;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;

/// How well numbers are predicted: root mean squared error, R², explained variance, Pearson's
/// correlation.
///
/// Predictions and targets are `[B]` or `[B, …]` of the same size. Of several outputs, `rmse` takes
/// all numbers together, the others are means over outputs, as in scikit-learn. Means and squares
/// are put together batch by batch without cancellation, in float64 (Chan et al., 1979).
public final class Regression extends SummedMetric {
  // Rows: count, mean x, mean y, squares of x, of y, products, squared differences; a column each.
  private static final int ROWS = 7;
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def add(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            outputs = torch.size(sums, 1)
            a = torch.reshape(torch.to(x, 7), [-1, outputs])
            b = torch.reshape(torch.to(y, 7), [-1, outputs])
            count, ma, mb, aa, bb, ab, lost = torch.unbind(sums, 0)
            size = torch.size(a, 0)
            na = torch.mean(a, [0])
            nb = torch.mean(b, [0])
            da = torch.sub(na, ma)
            db = torch.sub(nb, mb)
            total = torch.add(count, size)
            part = torch.div(torch.full_like(total, size), total)
            both = torch.mul(count, part)
            ca = torch.sub(a, na)
            cb = torch.sub(b, nb)
            news = [total,
              torch.add(ma, torch.mul(da, part)),
              torch.add(mb, torch.mul(db, part)),
              torch.add(torch.add(aa, torch.sum(torch.square(ca), [0])), torch.mul(torch.square(da), both)),
              torch.add(torch.add(bb, torch.sum(torch.square(cb), [0])), torch.mul(torch.square(db), both)),
              torch.add(torch.add(ab, torch.sum(torch.mul(ca, cb), [0])), torch.mul(torch.mul(da, db), both)),
              torch.add(lost, torch.sum(torch.square(torch.sub(a, b)), [0]))]
            return torch.copy_(sums, torch.stack(news))
          def weighed(sums: Tensor) -> Tensor:
            means = torch.narrow(sums, 0, 0, 3)
            count = torch.narrow(sums, 0, 0, 1)
            weights = torch.cat([torch.ones_like(count), count, count])
            return torch.mul(means, weights)
          def about(sums: Tensor, whole: Tensor) -> Tensor:
            count, ma, mb, aa, bb, ab, lost = torch.unbind(sums, 0)
            total, sa, sb = torch.unbind(whole, 0)
            da = torch.sub(ma, torch.div(sa, total))
            db = torch.sub(mb, torch.div(sb, total))
            part = torch.div(count, total)
            news = [count, torch.mul(ma, part), torch.mul(mb, part),
              torch.add(aa, torch.mul(torch.square(da), count)),
              torch.add(bb, torch.mul(torch.square(db), count)),
              torch.add(ab, torch.mul(torch.mul(da, db), count)),
              lost]
            return torch.copy_(sums, torch.stack(news))
          """);

  // Numbers that differ by less than rounding in their mean are the same.
  private static final double SAME = 1e-14;

  private final Statistic statistic;

  private Regression(String name, boolean higherBetter, Statistic statistic) {
    super(name, higherBetter);
    this.statistic = statistic;
  }

  /// A number of one output.
  private interface Statistic {
    double of(double count, double xx, double yy, double xy, double lost);
  }

  /// The root mean squared error; there is nothing to set.
  @Id("rmse")
  @Summary("root mean squared error")
  public record RootMeanSquaredError() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return rmse();
    }
  }

  /// The coefficient of determination; there is nothing to set.
  @Id("r2")
  @Summary("R², the coefficient of determination: 1 for perfect, 0 for the mean")
  public record R2() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return r2();
    }
  }

  /// The explained variance; there is nothing to set.
  @Id("explained-variance")
  @Summary("part of the targets' variance that is explained, whatever a constant error")
  public record ExplainedVariance() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return explainedVariance();
    }
  }

  /// Pearson's correlation; there is nothing to set.
  @Id("pearson")
  @Summary("Pearson's correlation of predictions and targets, in [-1, 1]")
  public record Pearson() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return pearson();
    }
  }

  /// {@return the root of the mean squared error over all numbers, as `rmse`}
  public static Regression rmse() {
    return new Regression("rmse", false, (count, _, _, _, lost) -> lost / count);
  }

  /// {@return R², as `r2`: 1 − squared errors / squared deviations of the targets; of targets that
  /// are all the same 1 if they are met, else 0}
  public static Regression r2() {
    return new Regression("r2", true, (_, _, yy, _, lost) -> explained(lost, yy));
  }

  /// {@return the explained variance, as `explained_variance`: 1 − variance of the errors /
  /// variance of the targets; of targets that are all the same as for [#r2]}
  public static Regression explainedVariance() {
    return new Regression(
        "explained_variance", true, (_, xx, yy, xy, _) -> explained(xx + yy - 2 * xy, yy));
  }

  /// {@return Pearson's correlation, as `pearson`; NaN if either never varies}
  public static Regression pearson() {
    return new Regression(
        "pearson",
        true,
        (_, xx, yy, xy, _) ->
            xx == 0 || yy == 0 ? Double.NaN : xy / (Math.sqrt(xx) * Math.sqrt(yy)));
  }

  private static double explained(double left, double all) {
    if (all == 0) {
      return left == 0 ? 1 : 0;
    }
    return 1 - left / all;
  }

  private static double squares(double squares, double count, double mean) {
    double least = SAME * mean;
    return squares <= count * least * least ? 0 : squares;
  }

  static long outputs(String metric, NDArray predictions, NDArray targets) {
    Shape x = predictions.getShape();
    Shape y = targets.getShape();
    if (x.size() != y.size() || x.dimension() == 0 || x.get(0) != y.get(0)) {
      throw new IllegalArgumentException(
          ("%s compares each prediction with its target, but the predictions have shape %s and "
                  + "the targets %s")
              .formatted(metric, x, y));
    }
    return x.get(0) == 0 ? 1 : x.size() / x.get(0);
  }

  @Override
  Shape shape(NDArray predictions, NDArray targets) {
    return new Shape(ROWS, outputs(name(), predictions, targets));
  }

  @Override
  void add(NDArray sums, NDArray predictions, NDArray targets) {
    outputs(name(), predictions, targets);
    SCRIPT.run("add", sums, predictions, targets);
  }

  /// Squares are about the mean of all ranks before they are added.
  @Override
  void addUp(NDArray own, Ranks ranks) {
    try (NDArray whole = SCRIPT.call(own.getManager(), "weighed", own).head()) {
      ranks.sum(whole, name());
      SCRIPT.run("about", own, whole);
    }
    ranks.sum(own, name());
  }

  @Override
  double value(double[] sums) {
    int outputs = sums.length / ROWS;
    double sum = 0;
    for (int i = 0; i < outputs; i++) {
      double count = sums[i];
      double xx = squares(sums[3 * outputs + i], count, sums[outputs + i]);
      double yy = squares(sums[4 * outputs + i], count, sums[2 * outputs + i]);
      double xy = xx == 0 || yy == 0 ? 0 : sums[5 * outputs + i];
      sum += statistic.of(count, xx, yy, xy, sums[6 * outputs + i]);
    }
    double mean = sum / outputs;
    return name().equals("rmse") ? Math.sqrt(mean) : mean;
  }
}
