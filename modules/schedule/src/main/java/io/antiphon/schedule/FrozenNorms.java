package io.antiphon.schedule;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Purpose;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.EnumSet;
import java.util.Set;

/// Lets norms whose weights are frozen compute as in validation: with their running statistics,
/// which stay as they are. fastai's `BnFreeze`.
///
/// A norm is a block with running statistics. Sequential blocks are looked into; any other block
/// computes as in validation as a whole if there are running statistics in it and all of its
/// weights are frozen, its dropout included.
public final class FrozenNorms implements Callback {
  /// There is nothing to set.
  @Id("frozen-norms")
  @Summary(
      "lets frozen batch norms compute with their running statistics, which then stay as they are")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new FrozenNorms();
    }
  }

  /// Looks at each block of the model as it runs.
  public FrozenNorms() {}

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  @Override
  public void beforeFit(Fit fit) {
    fit.hook(
        FrozenNorms::isFrozenNorm,
        (batch, block, inputs, training, inner) -> inner.run(inputs, false));
  }

  static boolean isFrozenNorm(Block block) {
    boolean statistics = false;
    for (Parameter parameter : block.getParameters().values()) {
      if (parameter.requiresGradient()) {
        return false;
      }
      statistics |= parameter.getType() == Parameter.Type.RUNNING_MEAN;
    }
    return statistics;
  }
}
