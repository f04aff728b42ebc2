package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;

/// The fraction of yes-or-no predictions that are right, in [0, 1], where a sample has several; or
/// one minus that, the Hamming loss.
///
/// Predictions are logits `[B, L]`, or of any shape, of which those above 0 say yes; targets have
/// the same shape, and say yes from 0.5 on. Every one of the numbers counts by itself.
public final class BinaryAccuracy extends MeanMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def labels(sum: Tensor, x: Tensor, y: Tensor, wanted: bool) -> Tensor:
            return torch.add_(sum, torch.sum(torch.eq(torch.eq(torch.gt(torch.flatten(x), 0), torch.ge(torch.flatten(y), 0.5)), wanted)))
          """);

  private final boolean hits;

  /// There is nothing to set.
  @Id("binary-accuracy")
  @Summary("fraction of right predictions of yes or no, each label by itself")
  public record Options() implements Comparison.OfLabels {
    @Override
    public Metric create() {
      return new BinaryAccuracy();
    }
  }

  /// The Hamming loss; there is nothing to set.
  @Id("hamming-loss")
  @Summary("fraction of wrong predictions of yes or no, each label by itself")
  public record Hamming() implements Comparison.OfLabels {
    @Override
    public Metric create() {
      return hammingLoss();
    }
  }

  /// The metric `binary_accuracy`.
  public BinaryAccuracy() {
    this("binary_accuracy", true);
  }

  private BinaryAccuracy(String name, boolean hits) {
    super(name, hits);
    this.hits = hits;
  }

  /// {@return the fraction of wrong predictions, as `hamming_loss`}
  public static BinaryAccuracy hammingLoss() {
    return new BinaryAccuracy("hamming_loss", false);
  }

  @Override
  long add(NDArray sum, Batch batch) {
    NDArray x = batch.predictions().head();
    NDArray y = batch.targets().head();
    if (x.size() != y.size() || x.getShape().get(0) != y.getShape().get(0)) {
      throw new IllegalArgumentException(
          ("%s compares each prediction with its target, but the predictions have shape %s and "
                  + "the targets %s")
              .formatted(name(), x.getShape(), y.getShape()));
    }
    SCRIPT.run("labels", sum, x, y, hits);
    return x.size();
  }
}
