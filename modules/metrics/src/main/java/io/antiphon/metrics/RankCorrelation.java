package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;
import org.apache.commons.math3.stat.correlation.KendallsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

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
  public record Spearman() implements MetricProvider {
    @Override
    public Metric create() {
      return spearman();
    }
  }

  /// Kendall's correlation; there is nothing to set.
  @Id("kendall")
  @Summary("Kendall's rank correlation tau-b of predictions and targets, in [-1, 1]")
  public record Kendall() implements MetricProvider {
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
    if (predictions.length < 2) {
      return Double.NaN;
    }
    return kendall
        ? new KendallsCorrelation().correlation(predictions, targets)
        : new SpearmansCorrelation().correlation(predictions, targets);
  }
}
