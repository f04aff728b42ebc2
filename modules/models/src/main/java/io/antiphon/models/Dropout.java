package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.core.Tunable;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import org.jspecify.annotations.Nullable;

/// Dropout (Srivastava et al., JMLR 2014), by PyTorch's `dropout`, at a rate that may change during
/// a run, see [DropoutRate].
///
/// In training each number becomes 0 with the rate as its probability, and the others are divided
/// by 1 − rate; else nothing happens. Inputs of any shape keep it.
public final class Dropout extends AbstractBlock {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def forward(x: Tensor, rate: float) -> Tensor:
            return torch.dropout(x, rate, True)
          """);

  private final Tunable rate;

  /// @param rate the probability of each number to be dropped, in [0, 1]
  /// @throws IllegalArgumentException if it is not
  public Dropout(double rate) {
    this.rate = new Tunable("dropout", rate, 0, 1);
  }

  /// {@return the probability of each number to be dropped, in [0, 1]}
  public Tunable rate() {
    return rate;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    if (!training || rate.get() == 0) {
      return inputs;
    }
    var outputs = new NDList(inputs.size());
    for (NDArray input : inputs) {
      outputs.addAll(
          RandomStream.draw(() -> SCRIPT.call(input.getManager(), "forward", input, rate.get())));
    }
    return outputs;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return inputs;
  }
}
