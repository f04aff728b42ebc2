package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/// Measures how far predictions are from targets.
@FunctionalInterface
public interface LossFunction {
  /// {@return the mean loss of a batch, a scalar `[]`, differentiable}
  ///
  /// @param predictions what the model gave, the batch's axis first
  /// @param targets what it should have given, the batch's axis first
  NDArray loss(NDList predictions, NDList targets);

  /// {@return the loss of each sample, `[B]`, differentiable; their mean is [#loss]}
  ///
  /// @throws UnsupportedOperationException if this loss has no per-sample values, which is the
  ///   default
  default NDArray perSample(NDList predictions, NDList targets) {
    throw new UnsupportedOperationException("loss '" + this + "' gives no values per sample");
  }

  /// {@return whether [#perSample] works}
  default boolean hasPerSample() {
    return false;
  }

  /// {@return whether targets are class indices rather than numbers or distributions}
  default boolean hasIntegerTargets() {
    return false;
  }
}
