package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.LossFunction;

/// A loss for mixed inputs.
///
/// It is a function of the targets that it is given, so that others may lie over it and under it.
///
/// @param mixer who mixes, for messages
/// @param inner the loss under it
/// @param partner for each sample the one that it is mixed with, int32 `[B]`
/// @param share each sample's own part, float32 `[B]`, or `[1]` for all
/// @param interpolation what is mixed
record Mixed(
    String mixer, LossFunction inner, NDArray partner, NDArray share, Interpolation interpolation)
    implements LossFunction {

  /// Lays a mixed loss over a batch's.
  ///
  /// @param partner for each sample the one that it is mixed with, int32 `[B]`
  /// @param share each sample's own part, float32 `[B]`, or `[1]` for all
  static void lay(
      Batch batch, String mixer, NDArray partner, NDArray share, Interpolation interpolation) {
    batch.wrapLoss(inner -> new Mixed(mixer, inner, partner, share, interpolation));
  }

  /// {@return shares as an array, float32 `[B]` or `[1]`}
  static NDArray share(NDManager manager, double... shares) {
    var floats = new float[shares.length];
    for (int i = 0; i < shares.length; i++) {
      floats[i] = (float) shares[i];
    }
    return manager.create(floats);
  }

  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    NDManager manager = predictions.head().getManager();
    if (!mixesLoss(predictions, targets)) {
      return inner.loss(predictions, mixed(predictions, targets));
    }
    NDList others = Scripts.list(manager, "partners", targets, partner);
    if (share.size() == 1) {
      // one share for all: the means mix as the samples do, whatever the loss's reduction
      return Scripts.call(
          manager,
          "lerp",
          inner.loss(predictions, targets),
          inner.loss(predictions, others),
          share);
    }
    refuseWithoutPerSample();
    return Scripts.call(
        manager,
        "lerp_mean",
        inner.perSample(predictions, targets),
        inner.perSample(predictions, others),
        share);
  }

  @Override
  public NDArray perSample(NDList predictions, NDList targets) {
    NDManager manager = predictions.head().getManager();
    if (!mixesLoss(predictions, targets)) {
      return inner.perSample(predictions, mixed(predictions, targets));
    }
    NDList others = Scripts.list(manager, "partners", targets, partner);
    return Scripts.call(
        manager,
        "lerp",
        inner.perSample(predictions, targets),
        inner.perSample(predictions, others),
        share);
  }

  private void refuseWithoutPerSample() {
    if (!inner.hasPerSample()) {
      throw new IllegalArgumentException(
          ("%s draws a share for every sample and so must mix the losses of samples, but loss '%s'"
                  + " gives only the mean of a batch; use a loss with values per sample, such as"
                  + " 'cross-entropy', or one share for the whole batch (lambda: per-batch)")
              .formatted(mixer, inner));
    }
  }

  private boolean mixesLoss(NDList predictions, NDList targets) {
    return switch (interpolation) {
      case LOSS -> true;
      case TARGETS -> false;
      case AUTO -> {
        for (int i = 0; i < targets.size(); i++) {
          if (Targets.areClasses(inner, predictions, targets, i)) {
            yield true;
          }
        }
        yield false;
      }
    };
  }

  private NDList mixed(NDList predictions, NDList targets) {
    NDManager manager = predictions.head().getManager();
    var mixed = new NDList(targets.size());
    for (int i = 0; i < targets.size(); i++) {
      NDArray target = targets.get(i);
      if (Targets.areClasses(inner, predictions, targets, i)) {
        target = Targets.distribution(Targets.of(predictions, i), target, 0);
      }
      mixed.add(
          Targets.isWhole(target)
              ? Scripts.call(
                  manager, "mixed_as", target, Targets.of(predictions, i), partner, share)
              : Scripts.call(manager, "mixed", target, partner, share));
    }
    return mixed;
  }

  @Override
  public boolean hasPerSample() {
    return inner.hasPerSample();
  }

  @Override
  public boolean hasIntegerTargets() {
    return inner.hasIntegerTargets();
  }

  @Override
  public String toString() {
    return inner + ", mixed";
  }
}
