package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.Optional;
import java.util.function.BiFunction;

/// Measures how far predictions are from targets.
///
/// A lambda is a loss that gives the mean of a batch, and nothing else. A loss of one's own is
/// better made by [#ofSamples]: MixUp and its kin mix the losses of samples.
@FunctionalInterface
public interface LossFunction {
  /// {@return the mean of a loss of each sample, which is there for each sample too}
  ///
  /// ```
  /// LossFunction.ofSamples("hinge", (predictions, targets) ->
  ///     predictions.head().mul(targets.head()).sub(1).neg().maximum(0).mean(new int[] {1}))
  /// ```
  ///
  /// Targets that are integers are taken for class indices, others for numbers or distributions; a
  /// loss whose classes are floating-point numbers is one that implements this interface.
  ///
  /// @param name for messages
  /// @param samples from predictions and targets to the loss of each sample, `[B]`, differentiable
  static LossFunction ofSamples(String name, BiFunction<NDList, NDList, NDArray> samples) {
    return new SampleLoss(name, samples);
  }

  /// {@return as [#ofSamples(String, BiFunction)], without a name of its own}
  static LossFunction ofSamples(BiFunction<NDList, NDList, NDArray> samples) {
    return new SampleLoss("a loss of samples", samples);
  }

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

  /// {@return [#loss] and [#counted], which a loss that can compute both at once overrides}
  default Counted lossAndCounted(NDList predictions, NDList targets) {
    return new Counted(loss(predictions, targets), counted(predictions, targets));
  }

  /// A mean loss.
  ///
  /// @param loss the mean, `[]`
  /// @param places how many places it is the mean over, as in [LossFunction#counted]
  record Counted(NDArray loss, Optional<NDArray> places) {}

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
    return weighted(own, weights.get(":, 0")).add(weighted(other, weights.get(":, 1"))).mean();
  }

  // A weight of 0 takes nothing, from a loss without end too.
  private static NDArray weighted(NDArray losses, NDArray weights) {
    return NDArrays.where(weights.eq(0), weights, losses).mul(weights);
  }

  /// {@return whether [#perSample] works}
  default boolean hasPerSample() {
    return false;
  }

  /// {@return whether targets are class indices rather than numbers or distributions}
  default boolean hasIntegerTargets() {
    return false;
  }

  /// A loss over another one, which changes its predictions, its targets or its values: weights of
  /// samples, a penalty, smoothed labels.
  ///
  /// ```
  /// record Halved(LossFunction inner) implements LossFunction.Wrapper {
  ///   @Override
  ///   public NDArray loss(NDList predictions, NDList targets) {
  ///     return inner.loss(predictions, targets).mul(0.5);
  ///   }
  ///
  ///   @Override
  ///   public NDArray perSample(NDList predictions, NDList targets) {
  ///     return inner.perSample(predictions, targets).mul(0.5);
  ///   }
  /// }
  /// ```
  ///
  /// What the inner loss counts and what its targets mean is passed through; who changes the
  /// weights of samples in the mean, or the number of target arrays, overrides [#counted] too. Its
  /// values are not, for whoever changes [#loss] and forgets [#perSample] would have the inner loss
  /// in their place under MixUp. So [#mixed] is computed from this one's [#perSample] as well; over
  /// a loss that leaves places out, which then count as 0 there, override it by one that calls the
  /// inner [#mixed] on what this changes.
  interface Wrapper extends LossFunction {
    /// {@return the loss that this lies over}
    LossFunction inner();

    @Override
    default Optional<NDArray> counted(NDList predictions, NDList targets) {
      return inner().counted(predictions, targets);
    }

    /// {@return the loss of each sample as this changes it, `[B]`}
    ///
    /// @throws UnsupportedOperationException if the inner loss has none
    @Override
    NDArray perSample(NDList predictions, NDList targets);

    @Override
    default boolean hasPerSample() {
      return inner().hasPerSample();
    }

    @Override
    default boolean hasIntegerTargets() {
      return inner().hasIntegerTargets();
    }
  }
}
