package ${package};

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;

/// Adds normal noise to the gradients before each step. Put what you want to do in its place: the
/// hooks of `Callback` are the events of the loop.
///
/// Torch is seeded before each step, so one seed gives one training.
public final class ${callback} implements Callback {
  /// What an experiment's file can say of it.
  @Id("${artifactId}")
  @Summary("normal noise on the gradients")
  public record Options(@Summary("standard deviation of the noise, at least 0") double deviation)
      implements CallbackProvider {
    /// Refuses a negative deviation.
    public Options {
      Check.atLeast("deviation", deviation, 0);
    }

    /// The defaults.
    public Options() {
      this(0.01);
    }

    @Override
    public Callback create() {
      return new ${callback}(deviation);
    }
  }

  private final double deviation;

  /// Adds noise of a standard deviation.
  public ${callback}(double deviation) {
    this.deviation = deviation;
  }

  @Override
  public void beforeStep(Batch batch) {
    try (var _ = Autograd.off();
        NDManager scratch = batch.manager().newSubManager()) {
      for (NDArray gradient : batch.gradients().arrays(scratch)) {
        gradient.addi(
            scratch.randomNormal(
                0, (float) deviation, gradient.getShape(), gradient.getDataType()));
      }
    }
  }
}
