package io.antiphon.experiment;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import java.util.ArrayList;
import java.util.List;

/// A layer of a model, as far as it tells of itself.
///
/// @param name its name, those of the blocks that it is in before it
/// @param outputs the shapes of what it gives for a full batch; none if the block cannot tell
/// @param parameters how many numbers it learns or keeps
record Layer(String name, List<Shape> outputs, long parameters) {
  /// How many samples blocks are asked about: DJL finds the shapes of some by calling them.
  private static final long SAMPLES = 2;

  Layer {
    outputs = List.copyOf(outputs);
  }

  /// {@return the layers of a model, in order}
  ///
  /// @param inputs the shapes of a full batch, `[B, …]` each
  static List<Layer> of(Block model, List<Shape> inputs) {
    var layers = new ArrayList<Layer>();
    long batch =
        inputs.isEmpty() || inputs.getFirst().dimension() == 0 ? 0 : inputs.getFirst().get(0);
    long asked = Math.min(batch, SAMPLES);
    add("", model, inputs.stream().map(shape -> scaled(shape, batch, asked)).toList(), layers);
    return layers.stream()
        .map(layer ->
            new Layer(
                layer.name,
                layer.outputs.stream().map(shape -> scaled(shape, asked, batch)).toList(),
                layer.parameters))
        .toList();
  }

  /// {@return the shape for another number of samples, which its first axis counts}
  private static Shape scaled(Shape shape, long from, long to) {
    return from < 1 || shape.dimension() == 0 || shape.get(0) < 1 || shape.get(0) % from != 0
        ? shape
        : new Shape(shape.get(0) / from * to).addAll(shape.slice(1));
  }

  /// Adds a layer, or those that it consists of; returns the shapes of what it gives.
  private static List<Shape> add(
      String prefix, Block block, List<Shape> inputs, List<Layer> layers) {
    if (block instanceof SequentialBlock) {
      List<Shape> shapes = inputs;
      for (var child : block.getChildren()) {
        shapes = add(prefix + child.getKey() + ".", child.getValue(), shapes, layers);
      }
      return shapes;
    }
    List<Shape> outputs = outputs(block, inputs);
    String name =
        prefix.isEmpty()
            ? block.getClass().getSimpleName()
            : prefix.substring(0, prefix.length() - 1);
    layers.add(new Layer(name, outputs, count(block, false)));
    return outputs;
  }

  private static List<Shape> outputs(Block block, List<Shape> inputs) {
    if (inputs.isEmpty()) {
      return inputs;
    }
    try {
      return List.of(block.getOutputShapes(inputs.toArray(Shape[]::new)));
    } catch (RuntimeException e) {
      return List.of(); // only told, so a block that does not know is no failure
    }
  }

  /// {@return how many numbers the parameters of a block are}
  ///
  /// @param trained whether only those count that are trained
  static long count(Block block, boolean trained) {
    return block.getParameters().values().stream()
        .filter(parameter -> !trained || parameter.requiresGradient())
        .filter(Parameter::isInitialized)
        .mapToLong(parameter -> parameter.getShape().size())
        .sum();
  }

  /// {@return how many numbers it gives for a full batch}
  double size() {
    double size = 0;
    for (Shape shape : outputs) {
      double numbers = 1;
      for (long length : shape.getShape()) {
        numbers *= Math.max(1, length);
      }
      size += numbers;
    }
    return size;
  }
}
