package io.antiphon.core;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.Reason;
import java.util.List;
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
  final Layered<Hooks> hooks = new Layered<>(Hooks.NONE);
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

  /// Refuses validation data whose samples have other shapes than those trained on, if the model
  /// takes the one and not the other: that would come out after an epoch.
  void refuseOtherShapes(long seed, NDManager manager) {
    if (train.get().isEmpty() || valid.get().isEmpty()) {
      return;
    }
    List<Shape> trained = ofSample(trainData());
    List<Shape> validated = ofSample(valid.get().get());
    if (trained.equals(validated)) {
      return;
    }
    Trial training = trial(trainData(), seed, manager);
    Trial validation = trial(valid.get().get(), seed, manager);
    if (training.failure.isEmpty() && !training.equals(validation)) {
      throw new IllegalStateException(
          "a sample to validate on has the shape %s, one to train on %s, and the model does not take both: %s"
              .formatted(text(validated), text(trained), validation.text()),
          validation.failure.orElse(null));
    }
  }

  /// What became of a first batch.
  ///
  /// @param rows the rows that the model gives, for each sample
  /// @param failure why it gives none
  private record Trial(double rows, Optional<RuntimeException> failure) {
    String text() {
      return failure
          .map(e ->
              e instanceof EngineException engine
                  ? Reason.of(engine)
                  : String.valueOf(e.getMessage()))
          .orElseGet(() -> "it gives %s rows for each sample".formatted(rows));
    }
  }

  private static List<Shape> ofSample(DataLoader data) {
    return data.inputShapes().stream()
        .map(shape -> shape.dimension() == 0 ? shape : shape.slice(1))
        .toList();
  }

  private static String text(List<Shape> shapes) {
    return shapes.size() == 1 ? shapes.getFirst().toString() : shapes.toString();
  }

  /// Gives the model a first batch, as in validation.
  private Trial trial(DataLoader data, long seed, NDManager manager) {
    try (NDManager scratch = manager.newSubManager();
        var _ = Autograd.off();
        var _ = Autocast.off();
        var _ = RandomStream.scope();
        DataLoader.Batches batches = data.open(seed, 0, 0)) {
      Samples samples = batches.next(scratch);
      Block block = model.get();
      NDList outputs =
          new InputTypes()
              .fitted(
                  block,
                  samples.inputs(),
                  given -> block.forward(new ParameterStore(scratch, false), given, false));
      Shape shape = outputs.head().getShape();
      double rows = shape.dimension() == 0 ? 0 : (double) shape.get(0) / samples.size();
      return new Trial(rows, Optional.empty());
    } catch (EngineException | IllegalArgumentException | IllegalStateException e) {
      return new Trial(0, Optional.of(e));
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
