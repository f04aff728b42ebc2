package io.antiphon.core;

import ai.djl.nn.Block;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a learner is made of and callbacks may lay changes over.
final class Parts {
  final Layered<Block> model;
  final Layered<LossFunction> loss;
  final Layered<TrainingStep> step;
  final Layered<Optimizer> optimizer;
  final Layered<Optional<DataLoader>> train;
  final Layered<Optional<DataLoader>> valid;
  final Layered<Optional<Boolean>> trainingMode = new Layered<>(Optional.empty());

  Parts(
      Block model,
      LossFunction loss,
      TrainingStep step,
      Optimizer optimizer,
      @Nullable DataLoader train,
      @Nullable DataLoader valid) {
    this.model = new Layered<>(model);
    this.loss = new Layered<>(loss);
    this.step = new Layered<>(step);
    this.optimizer = new Layered<>(optimizer);
    this.train = new Layered<>(Optional.ofNullable(train));
    this.valid = new Layered<>(Optional.ofNullable(valid));
  }

  DataLoader trainData() {
    return train
        .get()
        .orElseThrow(() ->
            new IllegalStateException("there are no training data; give them to the builder"));
  }

  /// Refuses a run that has nothing to go through.
  void refuseNothing(Purpose purpose, int epochs) {
    if (epochs == 0) {
      return;
    }
    if (purpose == Purpose.FIT || purpose == Purpose.LR_FIND) {
      if (optimizer.get() instanceof NoOptimizer) {
        throw new IllegalStateException(
            "to train, a learner needs an optimizer: call optimizer(…) on the builder");
      }
      refuseNothing(trainData(), "training");
    }
    if (purpose == Purpose.VALIDATE && valid.get().isEmpty()) {
      throw new IllegalStateException("there are no validation data; give them to the builder");
    }
    if (purpose == Purpose.FIT || purpose == Purpose.VALIDATE) {
      valid.get().ifPresent(data -> refuseNothing(data, "validation"));
    }
  }

  private static void refuseNothing(DataLoader data, String what) {
    if (data.batches() == 0) {
      throw new IllegalStateException(
          data.samples() == 0
              ? "the %s data hold no sample".formatted(what)
              : "the %s data give no batch: they hold %d samples, a batch more, and the last one is dropped; take smaller batches, or keep the last one"
                  .formatted(what, data.samples()));
    }
  }
}
