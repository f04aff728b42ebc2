package io.antiphon.models;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.initializer.XavierInitializer.FactorType;
import ai.djl.training.initializer.XavierInitializer.RandomType;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import java.util.List;

/// A multi-layer perceptron: every layer sees all outputs of the one before.
///
/// Inputs of any shape `[B, …]` are flattened. Hidden weights start normal with variance 2 / inputs
/// (He et al., 2015), those of the last layer uniform within ±1 / √inputs, so that the first
/// predictions are near each other; biases start at zero.
public final class Mlp {
  private Mlp() {}

  /// The sizes of a multi-layer perceptron.
  @Id("mlp")
  @Summary("multi-layer perceptron on flattened inputs")
  public record Options(
      @Summary("units of each hidden layer, at least 1 each") List<Integer> hidden,
      @Summary("what hidden layers apply to their outputs") Activation activation,
      @Summary("rate of dropout after each hidden layer, in [0, 1]") double dropout)
      implements ModelProvider {
    public Options {
      Check.within("dropout", dropout, 0, 1);
      hidden = List.copyOf(hidden);
      for (int units : hidden) {
        Check.atLeast("hidden", units, 1);
      }
    }

    /// Without dropout.
    public Options(List<Integer> hidden, Activation activation) {
      this(hidden, activation, 0);
    }

    /// One hidden layer of 50 units, with ReLU, without dropout.
    public Options() {
      this(List.of(50), Activation.RELU);
    }

    @Override
    public Block create(Task task) {
      if (task.inputs().size() > 1) {
        throw new IllegalArgumentException(
            "a perceptron takes one input, and the data give %d; use model: tabular, or let the data give one"
                .formatted(task.inputs().size()));
      }
      return head(body(this), task);
    }
  }

  /// {@return a new model, not initialised}
  ///
  /// @param options its sizes
  /// @param outputs the number of outputs, at least 1: `[B, outputs]`
  public static Block of(Options options, int outputs) {
    Check.atLeast("outputs", outputs, 1);
    return body(options).add(head(outputs));
  }

  private static SequentialBlock body(Options options) {
    var model =
        new SequentialBlock()
            .add(new LambdaBlock(inputs -> new NDList(inputs.head().flatten(1, -1)), "flatten"));
    layers(model, options.hidden(), options.activation(), options.dropout());
    return model;
  }

  /// Adds hidden layers.
  static void layers(
      SequentialBlock model, List<Integer> hidden, Activation activation, double dropout) {
    for (int units : hidden) {
      model.add(Linear.builder().setUnits(units).build()).add(activation.block());
      if (dropout > 0) {
        model.add(new Dropout(dropout));
      }
    }
  }

  /// {@return a model with a last layer for a task: where numbers lie that are predicted, it begins
  /// there}
  static Block head(SequentialBlock model, Task task) {
    model.add(head(task.outputs()));
    return task.scales().isEmpty() ? model : model.add(new Rescale(task.scales()));
  }

  /// {@return a last layer, with the initial weights of PyTorch's linear layer}
  static Block head(int outputs) {
    Block head = Linear.builder().setUnits(outputs).build();
    head.setInitializer(
        new XavierInitializer(RandomType.UNIFORM, FactorType.IN, 1), Parameter.Type.WEIGHT);
    return head;
  }
}
