package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import io.antiphon.torch.TorchScript;

/// What a layer's outputs pass through.
public enum Activation {
  /// max(0, x).
  RELU(ai.djl.nn.Activation::reluBlock),
  /// x Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016).
  GELU(ai.djl.nn.Activation::geluBlock),
  /// x / (1 + exp(-x)), also called swish.
  SILU(() -> ai.djl.nn.Activation.swishBlock(1)),
  /// x tanh(ln(1 + exp(x))) (Misra, 2019).
  MISH(() -> new LambdaBlock(Mish::forward, "Mish")),
  TANH(ai.djl.nn.Activation::tanhBlock),
  SIGMOID(ai.djl.nn.Activation::sigmoidBlock);

  @SuppressWarnings("ImmutableEnumChecker") // a method reference without state
  private final java.util.function.Supplier<Block> block;

  Activation(java.util.function.Supplier<Block> block) {
    this.block = block;
  }

  /// {@return a new block that applies this to every element}
  public Block block() {
    return block.get();
  }

  /// DJL's own takes the logarithm to the base 2.
  private static final class Mish {
    private static final TorchScript SCRIPT =
        TorchScript.compile(
            """
            def forward(x: Tensor) -> Tensor:
              return torch.mish(x)
            """);

    static NDList forward(NDList inputs) {
      NDArray x = inputs.singletonOrThrow();
      return SCRIPT.call(x.getManager(), "forward", x);
    }
  }
}
