package io.antiphon.examples.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.TrainingStep;

/// Learns what a teacher says of each sample, not only which class it is (Hinton et al., 2015).
///
/// @param teacher what gives logits `[B, C]`
/// @param temperature what logits are divided by, so that unlikely classes count too
/// @param share how much the teacher counts, the targets counting the rest, in [0, 1]
record Distillation(Block teacher, double temperature, double share) implements TrainingStep {
  @Override
  public NDArray loss(Batch batch, NDList predictions, NDList targets) {
    NDArray own = TrainingStep.super.loss(batch, predictions, targets);
    if (!batch.isTraining()) {
      return own;
    }
    NDArray logits = batch.evaluate(teacher, batch.inputs()).head();
    NDArray wanted = logits.div(temperature).softmax(1);
    NDArray said = predictions.head().div(temperature).logSoftmax(1);
    NDArray taught = said.mul(wanted).sum(new int[] {1}).mean().mul(-temperature * temperature);
    return taught.mul(share).add(own.mul(1 - share));
  }
}
