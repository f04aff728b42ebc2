package io.antiphon.experiment;

import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.torch.Machine;
import java.util.List;
import java.util.OptionalLong;

/// The memory that a training takes, in bytes, as far as it is known before it runs.
///
/// @param weights the model's parameters
/// @param gradients of those that are trained
/// @param remembered what the optimizer keeps of each
record Footprint(double weights, double gradients, double remembered) {
  private static final int BYTES = 4; // float32

  static Footprint of(Learner learner) {
    double remembered = 0;
    for (ParameterGroup group : learner.optimizer().groups()) {
      remembered += moments(group) * group.trainable().stream().mapToDouble(a -> a.size()).sum();
    }
    return new Footprint(
        BYTES * (double) Layer.count(learner.model(), false),
        BYTES * (double) Layer.count(learner.model(), true),
        BYTES * remembered);
  }

  /// How many numbers per weight an optimizer of such hyper-parameters keeps.
  private static int moments(ParameterGroup group) {
    boolean first = group.hypers().contains(Hyper.MOMENTUM) && group.get(Hyper.MOMENTUM) > 0;
    return (first ? 1 : 0) + (group.hypers().contains(Hyper.SQUARED_MOMENTUM) ? 1 : 0);
  }

  /// Refuses a training for which there is not enough memory, whatever happens, in the place of the
  /// option that is to blame. What the layers give is kept until their gradients are known, two
  /// bytes a number at least, and a whole layer of it is there in float32.
  void check(Learner learner, Choice<ModelProvider> model, Choice<DataProvider> data) {
    OptionalLong memory = Machine.memory();
    if (memory.isEmpty() || learner.device().isGpu()) {
      return;
    }
    double parameters = weights + gradients + remembered;
    double room = memory.getAsLong() - parameters;
    if (room < 0) {
      throw model.wrong(
          new IllegalArgumentException(
              "its parameters, their gradients and what the optimizer keeps of them take %s of memory, and there are %s here; make it smaller"
                  .formatted(Check.bytes(parameters), Check.bytes(memory.getAsLong()))));
    }
    List<Shape> inputs = learner.trainData().inputShapes();
    List<Layer> layers = Layer.of(learner.model(), inputs);
    double all = layers.stream().mapToDouble(Layer::size).sum() * BYTES / 2;
    double given = Layer.size(inputs);
    double one = Math.max(given, layers.stream().mapToDouble(Layer::size).max().orElse(0)) * BYTES;
    double needed = Math.max(all, one);
    if (needed <= room) {
      return;
    }
    long samples = inputs.getFirst().get(0);
    if (needed / samples > room) {
      throw model.wrong(
          new IllegalArgumentException(
              "one sample and what the layers give for it take %s of memory, and %s are left here; make it or the samples smaller"
                  .formatted(Check.bytes(needed / samples), Check.bytes(room))));
    }
    throw data.wrong(
        new RefusedException(
            "batch-size",
            "the samples and what the layers of the model give for them, in a batch of %,d, take %s of memory, and %s are left here; make batch-size smaller, %,d at most"
                .formatted(
                    samples,
                    Check.bytes(needed),
                    Check.bytes(room),
                    (long) (room / (needed / samples)))));
  }
}
