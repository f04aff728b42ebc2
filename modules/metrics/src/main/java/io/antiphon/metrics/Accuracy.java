package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;

/// The fraction of predictions whose greatest class is the target, in [0, 1]; or one minus that.
///
/// Predictions are `[B, C]`, or `[B, …, C]` with the classes last; targets class indices `[B]`,
/// `[B, 1]` or `[B, …]` of any numeric type, or probabilities of the shape of the predictions,
/// whose greatest class counts. A place whose index is -100 is left out. A single number per place,
/// `[B]` or `[B, 1]`, is the logit of yes, and its target is yes from 0.5 on. Of labels, several of
/// which may hold, logits and targets `[B, L]`, a prediction is right if all labels are.
public final class Accuracy extends MeanMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def indices(sum: Tensor, x: Tensor, y: Tensor, wanted: bool, left: Tensor) -> Tensor:
            own = torch.flatten(y)
            out = torch.eq(own, -100)
            hits = torch.eq(torch.eq(torch.flatten(torch.argmax(x, -1)), own), wanted)
            torch.add_(left, torch.sum(out))
            return torch.add_(sum, torch.sum(torch.gt(hits, out)))
          def probabilities(sum: Tensor, x: Tensor, y: Tensor, wanted: bool, left: Tensor) -> Tensor:
            hits = torch.eq(torch.eq(torch.argmax(x, -1), torch.argmax(y, -1)), wanted)
            return torch.add_(sum, torch.sum(hits))
          def logits(sum: Tensor, x: Tensor, y: Tensor, wanted: bool, left: Tensor) -> Tensor:
            hits = torch.eq(torch.eq(torch.gt(torch.flatten(x), 0), torch.ge(torch.flatten(y), 0.5)), wanted)
            return torch.add_(sum, torch.sum(hits))
          def labels(sum: Tensor, x: Tensor, y: Tensor, wanted: bool, left: Tensor) -> Tensor:
            same = torch.all(torch.eq(torch.gt(x, 0), torch.ge(y, 0.5)), -1)
            return torch.add_(sum, torch.sum(torch.eq(same, wanted)))
          """);

  private final boolean hits;

  private Accuracy(String name, boolean hits) {
    super(name, hits);
    this.hits = hits;
  }

  /// The fraction of right predictions; there is nothing to set.
  @Id("accuracy")
  @Summary("fraction of right predictions")
  public record Options() implements Comparison.OfClasses {
    @Override
    public Metric create() {
      return new Accuracy();
    }
  }

  /// The fraction of wrong predictions; there is nothing to set.
  @Id("error-rate")
  @Summary("fraction of wrong predictions")
  public record ErrorRate() implements Comparison.OfClasses {
    @Override
    public Metric create() {
      return errorRate();
    }
  }

  /// The fraction of right predictions, as `accuracy`.
  public Accuracy() {
    this("accuracy", true);
  }

  /// {@return the fraction of wrong predictions, as `error_rate`}
  public static Accuracy errorRate() {
    return new Accuracy("error_rate", false);
  }

  @Override
  long add(NDArray sum, Batch batch) {
    NDArray x = batch.predictions().head();
    NDArray y = batch.targets().head();
    Classes form = Classes.of(name(), x, y, Classes.areLabels(batch));
    SCRIPT.run(form.function(), sum, x, y, hits, left());
    return form.places();
  }
}
