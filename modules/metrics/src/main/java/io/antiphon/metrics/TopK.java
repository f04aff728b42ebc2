package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.Check;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.TorchScript;

/// The fraction of predictions whose k greatest classes contain the target, in [0, 1]. Its column
/// is `top_5`, for k = 5.
///
/// Predictions are `[B, C]`, or `[B, …, C]` with the classes last; targets as for [Accuracy].
public final class TopK extends MeanMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def indices(sum: Tensor, x: Tensor, y: Tensor, k: int, left: Tensor) -> Tensor:
            _, classes = torch.topk(torch.flatten(x, 0, -2), k, -1)
            own = torch.reshape(y, [-1, 1])
            torch.add_(left, torch.sum(torch.eq(own, -100)))
            return torch.add_(sum, torch.sum(torch.eq(classes, own)))
          def probabilities(sum: Tensor, x: Tensor, y: Tensor, k: int, left: Tensor) -> Tensor:
            _, classes = torch.topk(x, k, -1)
            return torch.add_(sum, torch.sum(torch.eq(classes, torch.argmax(y, -1, True))))
          """);

  private final int k;

  /// The options of a top-k accuracy.
  @Id("top-k")
  @Summary("fraction of predictions with the target among the k greatest")
  public record Options(@Summary("how many of the greatest classes count, at least 1") int k)
      implements MetricProvider {
    public Options {
      Check.atLeast("k", k, 1);
    }

    /// The five greatest.
    public Options() {
      this(5);
    }

    @Override
    public Metric create() {
      return new TopK(this);
    }

    @Override
    public void check(Task task) {
      Classes.check("top-k", task);
      if (task.goal().hasClasses() && k > task.outputs()) {
        throw Check.refused(
            "k", k, "at most %d, for there are that many classes".formatted(task.outputs()));
      }
    }
  }

  public TopK(Options options) {
    super("top_" + options.k(), true);
    this.k = options.k();
  }

  @Override
  long add(NDArray sum, Batch batch) {
    NDArray x = batch.predictions().head();
    NDArray y = batch.targets().head();
    Classes form = Classes.of(name(), x, y, Classes.areLabels(batch));
    if (form.function().equals("labels")) {
      throw Classes.noLabels(name());
    }
    long classes = x.getShape().get(x.getShape().dimension() - 1);
    if (k > classes || form.function().equals("logits")) {
      throw new IllegalArgumentException(
          ("top-k with k = %d needs at least %d classes, but the predictions have shape %s; "
                  + "choose a smaller k")
              .formatted(k, Math.max(k, 2), x.getShape()));
    }
    SCRIPT.run(form.function(), sum, x, y, k, left());
    return form.places();
  }
}
