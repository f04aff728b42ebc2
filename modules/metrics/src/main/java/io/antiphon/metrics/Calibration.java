package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;

/// How well probabilities tell how often predictions are right: Brier score and expected
/// calibration error.
///
/// Predictions are logits `[B, …, C]`, or one logit of yes per place; targets are as for
/// [Accuracy]. Of labels, several of which may hold, each is a logit of yes. A place whose index is
/// -100 is left out.
public final class Calibration extends SummedMetric {
  // Rows of the sums: Brier [2] sum, count; bins [3, M] count, confidence, right.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def brier_indices(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            p = torch.softmax(torch.flatten(x, 0, -2), -1, 7)
            target = torch.flatten(torch.to(y, 4))
            counts = torch.to(torch.ne(target, -100), 7)
            own = torch.scatter(torch.zeros_like(p), 1, torch.reshape(torch.clamp(target, 0), [-1, 1]), 1.)
            lost = torch.sum(torch.square(torch.sub(p, own)), [1])
            return torch.add_(sums, torch.stack([torch.sum(torch.mul(lost, counts)), torch.sum(counts)]))
          def brier_probabilities(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            p = torch.softmax(torch.flatten(x, 0, -2), -1, 7)
            lost = torch.sum(torch.square(torch.sub(p, torch.flatten(y, 0, -2))), [1])
            return torch.add_(sums, torch.stack([torch.sum(lost), torch.sum(torch.ones_like(lost))]))
          def brier_logits(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            p = torch.sigmoid(torch.to(torch.flatten(x), 7))
            lost = torch.square(torch.sub(p, torch.to(torch.flatten(y), 7)))
            return torch.add_(sums, torch.stack([torch.sum(lost), torch.sum(torch.ones_like(lost))]))
          def bins_indices(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            p, predicted = torch.max(torch.softmax(torch.flatten(x, 0, -2), -1, 7), 1)
            target = torch.flatten(torch.to(y, 4))
            counts = torch.to(torch.ne(target, -100), 7)
            bins = torch.size(sums, 1)
            bin = torch.to(torch.clamp(torch.sub(torch.ceil(torch.mul(torch.nan_to_num(p, 0.), bins)), 1), 0), 4)
            right = torch.mul(torch.to(torch.eq(predicted, target), 7), counts)
            return torch.index_add_(sums, 1, bin, torch.stack([counts, torch.mul(p, counts), right]))
          def bins_probabilities(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            p, predicted = torch.max(torch.softmax(torch.flatten(x, 0, -2), -1, 7), 1)
            target = torch.argmax(torch.flatten(y, 0, -2), -1)
            bins = torch.size(sums, 1)
            bin = torch.to(torch.clamp(torch.sub(torch.ceil(torch.mul(torch.nan_to_num(p, 0.), bins)), 1), 0), 4)
            right = torch.to(torch.eq(predicted, target), 7)
            return torch.index_add_(sums, 1, bin, torch.stack([torch.ones_like(p), p, right]))
          def bins_logits(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            yes = torch.sigmoid(torch.to(torch.flatten(x), 7))
            p = torch.maximum(yes, torch.rsub(yes, 1))
            bins = torch.size(sums, 1)
            bin = torch.to(torch.clamp(torch.sub(torch.ceil(torch.mul(torch.nan_to_num(p, 0.), bins)), 1), 0), 4)
            right = torch.to(torch.eq(torch.gt(yes, 0.5), torch.ge(torch.flatten(y), 0.5)), 7)
            return torch.index_add_(sums, 1, bin, torch.stack([torch.ones_like(p), p, right]))
          """);

  private final int bins;

  private Calibration(String name, int bins) {
    super(name, false);
    this.bins = bins;
  }

  /// The Brier score; there is nothing to set.
  @Id("brier")
  @Summary("Brier score: mean squared difference of probabilities and what was")
  public record Brier() implements Comparison.OfClasses {
    @Override
    public Metric create() {
      return brier();
    }
  }

  /// The expected calibration error.
  @Id("calibration-error")
  @Summary("expected calibration error: how far confidence is from accuracy")
  public record CalibrationError(
      @Summary("how many equal intervals of confidence, at least 1") int bins)
      implements Comparison.OfClasses {
    public CalibrationError {
      Check.atLeast("bins", bins, 1);
    }

    /// 15 intervals.
    public CalibrationError() {
      this(15);
    }

    @Override
    public Metric create() {
      return error(bins);
    }
  }

  /// {@return the Brier score (1950), as `brier`: the mean over samples of the squared difference
  /// of probability and outcome, summed over classes, in [0, 2]; of a single logit in [0, 1]}
  public static Calibration brier() {
    return new Calibration("brier", 0);
  }

  /// {@return the expected calibration error (Guo et al., On Calibration of Modern Neural Networks,
  /// 2017), as `calibration_error`: over intervals `((m-1)/M, m/M]` of the greatest probability,
  /// the mean distance of that probability and accuracy, weighted by samples, in [0, 1]}
  ///
  /// @param bins how many intervals, M, at least 1
  public static Calibration error(int bins) {
    return new Calibration("calibration_error", Check.atLeast("bins", bins, 1));
  }

  @Override
  Shape shape(NDArray predictions, NDArray targets) {
    return bins == 0 ? new Shape(2) : new Shape(3, bins);
  }

  @Override
  void add(NDArray sums, NDArray predictions, NDArray targets) {
    String form = Classes.of(name(), predictions, targets, labels()).function();
    if (form.equals("labels")) {
      form = "logits";
    }
    SCRIPT.run((bins == 0 ? "brier_" : "bins_") + form, sums, predictions, targets);
  }

  @Override
  double value(double[] sums) {
    if (bins == 0) {
      return sums[0] / sums[1];
    }
    double distance = 0;
    double count = 0;
    for (int i = 0; i < bins; i++) {
      count += sums[i];
      distance += Math.abs(sums[bins + i] - sums[2 * bins + i]);
    }
    return distance / count;
  }
}
