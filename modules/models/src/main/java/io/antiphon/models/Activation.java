package io.antiphon.models;

import ai.djl.nn.Block;

/// What a layer's outputs pass through.
public enum Activation {
  /// max(0, x).
  RELU(ai.djl.nn.Activation::reluBlock),
  /// x Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016).
  GELU(ai.djl.nn.Activation::geluBlock),
  /// x / (1 + exp(-x)), also called swish.
  SILU(() -> ai.djl.nn.Activation.swishBlock(1)),
  /// x tanh(ln(1 + exp(x))) (Misra, 2019).
  MISH(ai.djl.nn.Activation::mishBlock),
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
}
