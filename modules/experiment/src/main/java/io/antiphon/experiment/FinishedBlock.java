package io.antiphon.experiment;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import org.jspecify.annotations.Nullable;

/// The net of a finished model, which predicts on any thread as a learner does: without a graph, in
/// float32.
final class FinishedBlock extends AbstractBlock {
  private final FinishedModel finished;
  private final Block net;

  FinishedBlock(FinishedModel finished) {
    this.finished = finished;
    net = addChildBlock("net", finished.learner().model());
  }

  FinishedModel finished() {
    return finished;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    try (var _ = Autograd.off();
        var _ = Autocast.off()) {
      return net.forward(store, inputs, false);
    }
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {}

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return net.getOutputShapes(inputs);
  }
}
