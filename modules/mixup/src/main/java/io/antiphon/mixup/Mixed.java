package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.LossFunction;
import java.util.Locale;

/// A loss for mixed inputs.
///
/// It is a function of the targets that it is given, so that others may lie over it and under it.
///
/// @param mixer who mixes, for messages
/// @param inner the loss under it
/// @param pairs who is mixed with whom
/// @param interpolation what is mixed
record Mixed(String mixer, LossFunction inner, Pairs pairs, Interpolation interpolation)
    implements LossFunction {
  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    if (!mixesLoss(predictions, targets)) {
      return inner.loss(predictions, mixed(predictions, targets));
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
    if (!mixesLoss(predictions, targets)) {
      return inner.perSample(predictions, mixed(predictions, targets));
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

  private NDList mixed(NDList predictions, NDList targets) {
    var mixed = new NDList(targets.size());
    for (int i = 0; i < targets.size(); i++) {
      NDArray prediction = Targets.of(predictions, i);
      NDManager manager = prediction.getManager();
      NDArray target = targets.get(i);
      if (Targets.areClasses(inner, predictions, targets, i)) {
        target = Targets.distribution(prediction, target, 0);
      }
      mixed.add(
          Targets.isWhole(target)
              ? Scripts.call(
                  manager, "mixed_as", target, prediction, pairs.partners(), pairs.weights())
              : Scripts.call(manager, "mixed", target, pairs.partners(), pairs.weights()));
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
