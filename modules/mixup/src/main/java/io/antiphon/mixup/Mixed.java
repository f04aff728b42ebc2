package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.LossFunction;
import java.util.Locale;

/// A loss for mixed inputs.
///
/// It is a function of the targets that it is given, so that others may lie over it and under it.
/// It counts what the loss under it counts of the samples' own targets.
///
/// @param mixer who mixes, for messages
/// @param inner the loss under it
/// @param pairs who is mixed with whom
/// @param interpolation what is mixed
record Mixed(String mixer, LossFunction inner, Pairs pairs, Interpolation interpolation)
    implements LossFunction.Wrapper {
  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    refuseOtherCount(targets);
    if (!mixesLoss(predictions, targets)) {
      return inner.loss(predictions, mixed(predictions, targets, true));
    }
    if (inner.hasPerSample()) {
      return inner.mixed(predictions, targets, pairs.partners(), pairs.weights());
    }
    if (pairs.perSample()) {
      throw new IllegalArgumentException(
          ("%s draws a share for every sample and so must mix the losses of samples, but loss '%s'"
                  + " gives only the mean of a batch; use a loss with values per sample, such as"
                  + " 'cross-entropy', or one share for the whole batch (lambda: per-batch)")
              .formatted(mixer, inner));
    }
    // one share for all: the means mix as the samples do
    NDManager manager = predictions.head().getManager();
    return Scripts.call(
        manager,
        "lerp_number",
        inner.loss(predictions, targets),
        inner.loss(predictions, Scripts.partners(manager, targets, pairs)),
        pairs.share());
  }

  @Override
  public NDArray perSample(NDList predictions, NDList targets) {
    refuseOtherCount(targets);
    if (!mixesLoss(predictions, targets)) {
      return inner.perSample(predictions, mixed(predictions, targets, false));
    }
    NDManager manager = predictions.head().getManager();
    return Scripts.call(
        manager,
        "lerp",
        inner.perSample(predictions, targets),
        inner.perSample(predictions, Scripts.partners(manager, targets, pairs)),
        pairs.weights());
  }

  private boolean mixesLoss(NDList predictions, NDList targets) {
    return switch (interpolation) {
      case LOSS -> true;
      case TARGETS -> false;
      case AUTO -> {
        boolean classes = false;
        for (int i = 0; i < targets.size(); i++) {
          if (Targets.areClasses(inner, predictions, targets, i)) {
            classes = true;
          } else {
            refuseUnclear(predictions, targets, i);
          }
        }
        yield classes;
      }
    };
  }

  /// A number for each sample that is none for each prediction may be a class index; a mean of
  /// those is another class.
  private void refuseUnclear(NDList predictions, NDList targets, int index) {
    NDArray target = targets.get(index);
    NDArray prediction = Targets.of(predictions, index);
    if (target.size() != prediction.size()) {
      throw new IllegalArgumentException(
          ("%s cannot tell whether targets of type %s and shape %s are class indices or numbers"
                  + " under loss '%s', whose predictions have shape %s; say interpolate: loss or"
                  + " interpolate: targets")
              .formatted(
                  mixer,
                  target.getDataType().toString().toLowerCase(Locale.ROOT),
                  target.getShape(),
                  inner,
                  prediction.getShape()));
    }
  }

  private NDList mixed(NDList predictions, NDList targets, boolean normalized) {
    var mixed = new NDList(targets.size());
    for (int i = 0; i < targets.size(); i++) {
      NDArray prediction = Targets.of(predictions, i);
      NDArray target = targets.get(i);
      if (inner.hasIntegerTargets() && Targets.areClasses(inner, predictions, targets, i)) {
        refuseClassesOnly();
        NDArray mix = mixed(Targets.distribution(prediction, target, 0, false), prediction);
        mixed.add(normalized ? Targets.normalized(mix) : mix);
      } else {
        refuseOtherSize(predictions, targets, i);
        mixed.add(mixed(target, prediction));
      }
    }
    return mixed;
  }

  private NDArray mixed(NDArray target, NDArray prediction) {
    NDManager manager = prediction.getManager();
    return Targets.isWhole(target)
        ? Scripts.call(manager, "mixed_as", target, prediction, pairs.partners(), pairs.weights())
        : Scripts.call(manager, "mixed", target, pairs.partners(), pairs.weights());
  }

  private void refuseOtherCount(NDList targets) {
    for (int i = 0; i < targets.size(); i++) {
      Shape shape = targets.get(i).getShape();
      if (shape.dimension() == 0 || shape.get(0) != pairs.count()) {
        throw new IllegalArgumentException(
            ("%s mixed a batch of %d samples, but the loss is given targets of shape %s; their first"
                    + " axis must be that of the samples: change the batch before %s does")
                .formatted(mixer, pairs.count(), shape, mixer));
      }
    }
  }

  private void refuseClassesOnly() {
    if (!inner.hasPerSample()) {
      throw new IllegalArgumentException(
          ("%s mixes targets (interpolate: targets), which makes probabilities of classes, but loss"
                  + " '%s' takes classes alone; use a loss that takes both, such as"
                  + " 'cross-entropy', or interpolate: loss")
              .formatted(mixer, inner));
    }
  }

  private void refuseOtherSize(NDList predictions, NDList targets, int index) {
    NDArray target = targets.get(index);
    NDArray prediction = Targets.of(predictions, index);
    if (target.size() != prediction.size()) {
      throw new IllegalArgumentException(
          ("%s mixes targets as numbers under loss '%s', so there must be one for each prediction,"
                  + " but their shapes are %s and %s; reshape them, or say interpolate: loss")
              .formatted(mixer, inner, target.getShape(), prediction.getShape()));
    }
  }

  @Override
  public String toString() {
    return inner + ", mixed";
  }
}
