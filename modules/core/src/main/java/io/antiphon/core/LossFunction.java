package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.Optional;

/// Measures how far predictions are from targets.
@FunctionalInterface
public interface LossFunction {
  /// {@return the mean loss of a batch, a scalar `[]`, differentiable}
  ///
  /// @param predictions what the model gave, the batch's axis first
  /// @param targets what it should have given, the batch's axis first
  NDArray loss(NDList predictions, NDList targets);

  /// {@return how many places [#loss] is the mean over, `[]`, on the device: what a batch weighs in
  /// the mean of its pass; nothing, the default, if every sample counts and counts the same}
  ///
  /// A loss that leaves targets out overrides this.
  default Optional<NDArray> counted(NDList predictions, NDList targets) {
    return Optional.empty();
  }

  /// {@return the loss of each sample, `[B]`, differentiable; their mean is [#loss], but for a loss
  /// that leaves samples or places out of its mean}
  ///
  /// @throws UnsupportedOperationException if this loss has no per-sample values, which is the
  ///   default
  default NDArray perSample(NDList predictions, NDList targets) {
    throw new UnsupportedOperationException("loss '" + this + "' gives no values per sample");
  }

  /// {@return the mean loss of samples of which each is trained towards two targets, its own and
  /// that of a partner, as MixUp and its kin do; a scalar `[]`, differentiable}
  ///
  /// It is the mean over the samples i of w(i, 0) times the loss for target i plus w(i, 1) times
  /// the loss for the target of sample p(i); a loss that leaves targets out of its mean leaves
  /// their weights out of this one. The default computes [#perSample] for both; a loss that can do
  /// it at once overrides this.
  ///
  /// @param partners p, int32 `[B]`
  /// @param weights w, at least 0, rows of sum 1, float32 `[B, 2]`
  /// @throws UnsupportedOperationException if this loss has no per-sample values
  default NDArray mixed(NDList predictions, NDList targets, NDArray partners, NDArray weights) {
    NDManager manager = predictions.head().getManager(); // those of targets may live longer
    var others = new NDList(targets.size());
    for (NDArray target : targets) {
      others.add(target.get(manager, new NDIndex("{}", partners)));
    }
    NDArray own = perSample(predictions, targets);
    NDArray other = perSample(predictions, others);
    if (own.getShape().dimension() != 1) {
      throw new IllegalArgumentException(
          "loss '%s' gives values per sample of shape %s; it must be [B], one for each sample"
              .formatted(this, own.getShape()));
    }
    return own.mul(weights.get(":, 0")).add(other.mul(weights.get(":, 1"))).mean();
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
