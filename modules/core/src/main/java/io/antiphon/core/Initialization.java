package io.antiphon.core;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Machine;
import io.antiphon.torch.RandomStream;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Makes a model's parameters, in float32 from a seed, unless that needs more memory than there is.
///
/// DJL tells how large parameters are only by making them, layer by layer. So a model that turns
/// out to be large is begun again: first with parameters that take no memory, which are counted,
/// then, if the machine can hold them, in earnest.
final class Initialization {
  /// DJL finds the shapes of some blocks by calling them with as many samples as it is told of.
  private static final long SAMPLES = 2;

  /// Of such parameters no machine has too little memory.
  private static final double SMALL = 256 << 20;

  private final Block model;
  private final NDManager manager;
  private final long seed;
  private final Shape[] shapes;
  private final double memory;
  private final IdentityHashMap<Parameter, Initializer> own = new IdentityHashMap<>();
  private final Set<Parameter> given = Collections.newSetFromMap(new IdentityHashMap<>());

  private Initialization(Block model, NDManager manager, long seed, List<Shape> inputs) {
    this.model = model;
    this.manager = manager;
    this.seed = seed;
    shapes = inputs.stream().map(Initialization::ofFew).toArray(Shape[]::new);
    memory =
        manager.getDevice().isGpu() ? Double.MAX_VALUE : Machine.memory().orElse(Long.MAX_VALUE);
    for (Parameter parameter : model.getParameters().values()) {
      Initializer initializer = parameter.getInitializer();
      if (parameter.isInitialized()) {
        given.add(parameter);
      } else if (initializer != null) {
        own.put(parameter, initializer);
      }
    }
  }

  /// Initialises a model.
  ///
  /// @param inputs the shapes of its inputs, `[B, …]` each
  /// @throws IllegalArgumentException if its parameters are more than the memory holds
  static void of(Block model, NDManager manager, long seed, List<Shape> inputs) {
    of(model, manager, seed, inputs, SMALL);
  }

  /// Initialises a model, whose parameters are counted first if they take more than so many bytes.
  static void of(Block model, NDManager manager, long seed, List<Shape> inputs, double small) {
    try (var _ = Autograd.off();
        var _ = Autocast.off(); // DJL finds shapes by calling some blocks
        var _ = RandomStream.scope()) {
      new Initialization(model, manager, seed, inputs).run(small);
    }
  }

  private static Shape ofFew(Shape shape) {
    return shape.dimension() == 0 || shape.get(0) <= SAMPLES
        ? shape
        : new Shape(SAMPLES).addAll(shape.slice(1));
  }

  private void run(double small) {
    try {
      pass(manager, small, true);
      return;
    } catch (TooMuchException _) {
      forget();
    }
    try (NDManager scratch = manager.newSubManager()) {
      pass(scratch, memory, false);
    } catch (TooMuchException e) {
      throw refused(e);
    } catch (RuntimeException _) {
      // a block that needs what its parameters hold: they are counted while they are made
    } finally {
      forget();
    }
    try {
      pass(manager, memory, true);
    } catch (TooMuchException e) {
      throw refused(e);
    }
  }

  /// Initialises the model, until its parameters take more than so many bytes.
  ///
  /// @param inEarnest whether they are made, and not only counted
  private void pass(NDManager owner, double most, boolean inEarnest) {
    double[] taken = {0};
    own.forEach((parameter, initializer) ->
        parameter.setInitializer((by, shape, type) -> {
          taken[0] += bytes(shape, type);
          if (taken[0] > most) {
            throw new TooMuchException(taken[0]);
          }
          return inEarnest
              ? initializer.initialize(by, shape, type)
              : by.zeros(new Shape(1), type).broadcast(shape);
        }));
    try {
      RandomStream.draw(() -> {
        new RandomStream(seed, "initialize").seedTorch(0, 0);
        model.initialize(owner, DataType.FLOAT32, shapes);
        return model;
      });
    } finally {
      own.forEach(Parameter::setInitializer);
    }
  }

  /// {@return what an array takes, of which a long may not hold the size}
  private static double bytes(Shape shape, DataType type) {
    double bytes = type.getNumOfBytes();
    for (long length : shape.getShape()) {
      bytes *= length;
    }
    return bytes;
  }

  private void forget() {
    for (Parameter parameter : model.getParameters().values()) {
      if (!given.contains(parameter)) {
        parameter.close();
      }
    }
  }

  private IllegalArgumentException refused(TooMuchException e) {
    return new IllegalArgumentException(
        "its parameters take %s of memory or more, and there are %s here; make it smaller"
            .formatted(Check.bytes(e.bytes), Check.bytes(memory)));
  }

  /// Thrown where parameters are more than they may be.
  private static final class TooMuchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final double bytes;

    TooMuchException(double bytes) {
      super("parameters take " + Check.bytes(bytes));
      this.bytes = bytes;
    }
  }
}
