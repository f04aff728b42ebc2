package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import io.antiphon.core.Check;
import io.antiphon.torch.TorchScript;
import org.jspecify.annotations.Nullable;

/// A row of numbers for each index, by PyTorch's `embedding`: `[B, …]` becomes `[B, …, size]`.
///
/// Indices are of any whole type, in `[0, count)`. Rows start normal with mean 0 and deviation 0.1.
final class Embedding extends AbstractBlock {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def forward(x: Tensor, weight: Tensor) -> Tensor:
            return torch.embedding(weight, torch.to(x, 4), -1, False, False)
          """);

  private final int count;
  private final int size;
  private final Parameter weight;

  Embedding(int count, int size) {
    this.count = Check.atLeast("count", count, 1);
    this.size = Check.atLeast("size", size, 1);
    weight =
        addParameter(
            Parameter.builder()
                .setName("weight")
                .setType(Parameter.Type.WEIGHT)
                .optInitializer(new NormalInitializer(0.1f))
                .build());
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    return SCRIPT.call(
        x.getManager(), "forward", x, store.getValue(weight, x.getDevice(), training));
  }

  @Override
  protected void prepare(Shape[] inputShapes) {
    weight.setShape(new Shape(count, size));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return new Shape[] {inputShapes[0].add(size)};
  }
}
