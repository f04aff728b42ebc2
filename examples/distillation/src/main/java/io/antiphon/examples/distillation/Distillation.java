package io.antiphon.examples.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.TrainingStep;
import io.antiphon.torch.Autograd;

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
    NDArray heat = batch.manager().create(temperature); // lives as long as the graph
    NDArray wanted = logits.div(heat).softmax(1);
    NDArray said = predictions.head().div(heat).logSoftmax(1);
    NDArray taught = said.mul(wanted).sum(new int[] {1}).mean();
    return Autograd.times(taught, -temperature * temperature * share)
        .add(Autograd.times(own, 1 - share));
  }
}
