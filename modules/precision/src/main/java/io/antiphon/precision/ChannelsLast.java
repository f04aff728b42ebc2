package io.antiphon.precision;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.Set;

/// Hands images `[B, C, H, W]` to the model with their channels last in memory.
///
/// Shapes and values are the same; a convolution computes in the order of its input, and so does
/// all that follows it. Whether that is faster depends on the processor and the net: measure
/// (docs/performance.md has a table). Results may differ in their last bits.
public final class ChannelsLast implements Callback {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def arranged(x: Tensor) -> Tensor:
            s = torch.size(x)
            if s[1] == 1:
              y = torch.as_strided(torch.contiguous(x), s, [torch.mul(s[2], s[3]), 1, s[3], 1])
            else:
              y = torch.contiguous(x, memory_format=2)
            return y
          """);

  /// Nothing to choose.
  @Id("channels-last")
  @Summary("gives images to the model with their channels last in memory, which may be faster")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new ChannelsLast();
    }
  }

  /// Arranges images from the next fit on.
  public ChannelsLast() {}

  @Override
  public Order order() {
    return Order.PRECISION;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  @Override
  public void beforeFit(Fit fit) {
    fit.wrapStep(Step::new);
  }

  /// {@return the same arrays, images among them with channels last in memory}
  ///
  /// One channel lies in both ways at once; libtorch takes it for the one that its strides say.
  static NDList arranged(NDList inputs, NDManager owner) {
    var arranged = new NDList(inputs.size());
    for (NDArray input : inputs) {
      boolean isImage = input.getShape().dimension() == 4 && input.getDataType().isFloating();
      arranged.add(isImage ? SCRIPT.call(owner, "arranged", input).head() : input);
    }
    return arranged;
  }

  private record Step(TrainingStep inner) implements TrainingStep.Wrapper {
    @Override
    public NDList forward(Batch batch, Block block, NDList inputs, boolean training) {
      return inputs.isEmpty()
          ? inner.forward(batch, block, inputs, training)
          : inner.forward(batch, block, arranged(inputs, inputs.head().getManager()), training);
    }
  }
}
