package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;

/// What is done around a block of a model whenever it runs: looking at its outputs, changing them,
/// running it in another way. Laid by [Scope#hook(Block, BlockHook)] or by [Scope#hook(Predicate,
/// BlockHook)], and gone with the scope.
///
/// ```
/// fit.hook(model.getChildren().get(2).getValue(), (batch, block, inputs, training, inner) -> {
///   NDList outputs = inner.run(inputs, training);
///   return training ? new NDList(outputs.head().mul(0.5)) : outputs;
/// });
/// ```
@FunctionalInterface
public interface BlockHook {
  /// Runs a block, or does something in its place.
  ///
  /// @param batch the batch on whose way it runs
  /// @param block the block
  /// @param inputs what it is given, `[B, …]` each
  /// @param training whether it is to drop and count as in training
  /// @param inner the block itself, or the next hook around it
  /// @return what counts as its outputs
  NDList around(Batch batch, Block block, NDList inputs, boolean training, Inner inner);

  /// What a hook lies around.
  @FunctionalInterface
  interface Inner {
    /// {@return its outputs}
    NDList run(NDList inputs, boolean training);
  }

  /// {@return a hook that looks at outputs, and changes nothing}
  static BlockHook looking(Look look) {
    return (batch, block, inputs, training, inner) -> {
      NDList outputs = inner.run(inputs, training);
      look.at(batch, block, outputs);
      return outputs;
    };
  }

  /// A look at what a block gave.
  @FunctionalInterface
  interface Look {
    /// @param outputs what the block gave, `[B, …]` each, with their graph in training
    void at(Batch batch, Block block, NDList outputs);
  }
}
