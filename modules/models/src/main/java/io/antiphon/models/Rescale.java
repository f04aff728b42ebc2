package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.TorchScript;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Brings outputs to where the targets lie, x · deviation + mean, so that a net which gives numbers
/// around 0 predicts prices of thousands from the first batch on. Nothing here is trained.
final class Rescale extends AbstractBlock {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def forward(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
            return torch.addcmul(mean, x, deviation)
          """);

  private final Parameter mean;
  private final Parameter deviation;

  Rescale(List<Task.Scale> scales) {
    mean = fixed("mean", Parameter.Type.RUNNING_MEAN, scales, Task.Scale::mean);
    deviation = fixed("deviation", Parameter.Type.RUNNING_VAR, scales, Task.Scale::deviation);
  }

  private Parameter fixed(
      String name,
      Parameter.Type type,
      List<Task.Scale> scales,
      ToDoubleFunction<Task.Scale> part) {
    var values = new float[scales.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) part.applyAsDouble(scales.get(i));
    }
    return addParameter(
        Parameter.builder()
            .setName(name)
            .setType(type)
            .optRequiresGrad(false)
            .optShape(new Shape(values.length))
            .optInitializer(
                (manager, _, dataType) -> manager.create(values).toType(dataType, false))
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
        x.getManager(),
        "forward",
        x,
        store.getValue(mean, x.getDevice(), training),
        store.getValue(deviation, x.getDevice(), training));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return inputs;
  }
}
