package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;

/// The perplexity of predictions: e to the mean cross entropy in nats over all places.
///
/// A model that knows nothing has as many as there are classes, a perfect one 1. It is that of the
/// targets themselves, whatever loss is trained. Predictions are logits, `[B, …, C]` with the
/// classes last; targets are class indices `[B, …]` of any numeric type. A place whose index is
/// -100 is left out.
public final class Perplexity extends MeanMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def add(sum: Tensor, x: Tensor, y: Tensor, left: Tensor) -> Tensor:
            logits = torch.flatten(torch.to(x, 6), 0, -2)
            classes = torch.flatten(torch.to(y, 4))
            torch.add_(left, torch.sum(torch.eq(classes, -100)))
            loss = torch.cross_entropy_loss(logits, classes, None, 2, -100, 0.)
            return torch.add_(sum, torch.to(loss, 7))
          """);

  /// There is nothing to set.
  @Id("perplexity")
  @Summary("e to the mean cross entropy of the targets")
  public record Options() implements MetricProvider {
    @Override
    public Metric create() {
      return new Perplexity();
    }
  }

  public Perplexity() {
    super("perplexity", false);
  }

  @Override
  double of(double mean) {
    return Math.exp(mean);
  }

  @Override
  long add(NDArray sum, Batch batch) {
    NDArray x = batch.predictions().head();
    NDArray y = batch.targets().head();
    Shape shape = x.getShape();
    int axes = shape.dimension();
    if (axes < 2 || !y.getShape().equals(shape.slice(0, axes - 1))) {
      throw new IllegalArgumentException(
          "perplexity compares class indices, but targets of shape %s do not fit predictions of shape %s, which need %s"
              .formatted(y.getShape(), shape, axes < 2 ? shape : shape.slice(0, axes - 1)));
    }
    SCRIPT.run("add", sum, x, y, left());
    return y.size();
  }
}
