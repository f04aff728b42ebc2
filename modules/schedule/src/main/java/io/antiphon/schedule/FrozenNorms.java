package io.antiphon.schedule;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Purpose;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.EnumSet;
import java.util.List;
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

  /// Looks at the model when a fit begins.
  public FrozenNorms() {}

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  @Override
  public void beforeFit(Fit fit) {
    fit.replaceModel(new Model(fit.model()));
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

  /// Another way through the same blocks.
  private static final class Model extends AbstractBlock {
    private final Block inner;

    Model(Block inner) {
      this.inner = inner;
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore parameters,
        NDList inputs,
        boolean training,
        PairList<String, Object> options) {
      return training
          ? forward(inner, parameters, inputs)
          : inner.forward(parameters, inputs, false);
    }

    private static NDList forward(Block block, ParameterStore parameters, NDList inputs) {
      if (!(block instanceof SequentialBlock chain) || chain.isReturnIntermediate()) {
        return block.forward(parameters, inputs, !isFrozenNorm(block));
      }
      NDList current = inputs;
      List<Block> children = block.getChildren().values();
      for (Block child : children) {
        current = forward(child, parameters, current);
      }
      return current;
    }

    @Override
    public boolean isInitialized() {
      return inner.isInitialized();
    }

    @Override
    public BlockList getChildren() {
      return inner.getChildren();
    }

    @Override
    public ParameterList getParameters() {
      return inner.getParameters();
    }

    @Override
    public ParameterList getDirectParameters() {
      return inner.getDirectParameters();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return inner.getOutputShapes(inputShapes);
    }
  }
}
