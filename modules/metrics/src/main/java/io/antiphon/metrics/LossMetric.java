package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The mean of the loss that is trained, or of another one, over what counts: all samples, or all
/// places that the loss does not leave out.
public final class LossMetric extends MeanMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def add(sum: Tensor, loss: Tensor, samples: int) -> Tensor:
            return torch.add_(sum, torch.to(torch.squeeze(loss), 7), alpha=samples)
          def add_counted(sum: Tensor, loss: Tensor, counted: Tensor, share: float, samples: int, left: Tensor) -> Tensor:
            n = torch.mul(torch.to(counted, 7), share)
            torch.add_(left, torch.sub(samples, n))
            weighed = torch.masked_fill(torch.mul(torch.to(torch.squeeze(loss), 7), n), torch.eq(n, 0), 0)
            return torch.add_(sum, weighed)
          """);

  private final @Nullable LossFunction other;

  /// No options.
  @Id("loss")
  @Summary("mean loss over all samples")
  public record Options() implements MetricProvider {
    @Override
    public Metric create() {
      return new LossMetric();
    }
  }

  /// The loss that is trained, as `loss`.
  public LossMetric() {
    super("loss", false);
    this.other = null;
  }

  /// Another loss than the one that is trained.
  ///
  /// @param name the name of its column
  public LossMetric(String name, LossFunction loss) {
    super(name, false);
    this.other = loss;
  }

  @Override
  long add(NDArray sum, Batch batch) {
    NDArray loss = other == null ? batch.loss() : other.loss(batch.predictions(), batch.targets());
    Optional<NDArray> counted =
        other == null ? batch.countedPlaces() : other.counted(batch.predictions(), batch.targets());
    if (counted.isPresent()) {
      // of the batch's own loss all processes tell the same mean, of which each has its part
      double share = other == null ? (double) batch.rows() / batch.wholeSize() : 1;
      SCRIPT.run("add_counted", sum, loss, counted.get(), share, batch.size(), left());
    } else {
      SCRIPT.run("add", sum, loss, batch.size());
    }
    return batch.size();
  }
}
