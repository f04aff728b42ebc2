package io.antiphon.core;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A layer of a model, as far as it tells of itself: the model, or a part of it to which sequential
/// blocks lead, and around which a hook can be laid ([Scope#hook(Block, BlockHook)]).
///
/// @param name its name, those of the blocks that it is in before it, `02Conv2d` or `1.02Conv2d`
/// @param block the layer itself
/// @param outputs the shapes of what it gives for a full batch, `[B, …]` each; none if the block
///   cannot tell
/// @param parameters how many numbers it learns or keeps
/// @param trained how many of them are trained now
/// @param work about how many multiplications of a weight it computes for a full batch; of what
///   consists of several layers as if each gave as much as it does
public record Layer(
    String name, Block block, List<Shape> outputs, long parameters, long trained, double work) {
  /// How many samples blocks are asked about: DJL finds the shapes of some by calling them.
  private static final long SAMPLES = 2;

  public Layer {
    outputs = List.copyOf(outputs);
  }

  /// {@return the layers of a model, in order}
  ///
  /// @param inputs the shapes of a full batch, `[B, …]` each; none if shapes do not matter
  public static List<Layer> of(Block model, List<Shape> inputs) {
    var layers = new ArrayList<Layer>();
    long batch =
        inputs.isEmpty() || inputs.getFirst().dimension() == 0 ? 0 : inputs.getFirst().get(0);
    long asked = Math.min(batch, SAMPLES);
    add("", model, inputs.stream().map(shape -> scaled(shape, batch, asked)).toList(), layers);
    return layers.stream()
        .map(layer ->
            new Layer(
                layer.name,
                layer.block,
                layer.outputs.stream().map(shape -> scaled(shape, asked, batch)).toList(),
                layer.parameters,
                layer.trained,
                asked < 1 ? layer.work : layer.work / asked * batch))
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
    if (Hooks.isChain(block)) {
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
    double work = outputs.stream().mapToDouble(each -> work(block, each)).max().orElse(0);
    layers.add(new Layer(name, block, outputs, count(block, false), count(block, true), work));
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
  public static long count(Block block, boolean trained) {
    return block.getParameters().values().stream()
        .filter(parameter -> !trained || parameter.requiresGradient())
        .filter(Parameter::isInitialized)
        .mapToLong(parameter -> parameter.getShape().size())
        .sum();
  }

  /// {@return how often the weights of a block are multiplied: a kernel, `[C, K, …]` with at least
  /// three axes, once for each place of an output `[B, C, …]`, a matrix once for each row}
  private static double work(Block block, Shape output) {
    double work = 0;
    for (var child : block.getChildren()) {
      work += work(child.getValue(), output);
    }
    if (block instanceof Embedding) {
      return work; // looks up
    }
    for (var each : block.getDirectParameters().values()) {
      int axes = each.isInitialized() ? each.getShape().dimension() : 0;
      if (axes == 2) {
        work += each.getShape().size() * size(output.slice(0, Math.max(1, output.dimension() - 1)));
      } else if (axes > 2 && output.dimension() > 2) {
        work += each.getShape().size() * size(output.slice(2)) * output.get(0);
      }
    }
    return work;
  }

  /// {@return how many numbers it gives for a full batch}
  public double size() {
    return size(outputs);
  }

  /// {@return how many numbers arrays of some shapes hold}
  public static double size(List<Shape> shapes) {
    return shapes.stream().mapToDouble(Layer::size).sum();
  }

  private static double size(Shape shape) {
    double numbers = 1;
    for (long length : shape.getShape()) {
      numbers *= Math.max(1, length);
    }
    return numbers;
  }

  /// {@return a table for people of all layers of a model, their outputs and parameters, with their
  /// sums, in whole lines}
  ///
  /// @param inputs the shapes of a full batch, `[B, …]` each
  public static String table(Block model, List<Shape> inputs) {
    var rows = new ArrayList<String[]>();
    rows.add(new String[] {"layer", "output", "parameters", ""});
    for (Layer layer : of(model, inputs)) {
      rows.add(
          new String[] {
            layer.name,
            layer.outputs.isEmpty() ? "?" : text(layer.outputs),
            layer.parameters == 0 ? "" : "%,d".formatted(layer.parameters),
            layer.parameters > 0 && layer.trained == 0 ? "frozen" : ""
          });
    }
    var format = new StringBuilder();
    for (int column = 0; column < 3; column++) {
      int at = column;
      int width = rows.stream().mapToInt(row -> row[at].length()).max().orElse(0);
      format.append("%").append(column < 2 ? "-" : "").append(Math.max(1, width)).append("s  ");
    }
    var text = new StringBuilder();
    for (String[] row : rows) {
      text.append((format + "%s").formatted((Object[]) row).stripTrailing()).append('\n');
    }
    return text.append(
            "%,d parameters, %,d of them trained%n"
                .formatted(count(model, false), count(model, true)))
        .toString();
  }

  /// {@return shapes for people: `[4, 3], [4, ?]`, where a length that is open is a question}
  public static String text(List<Shape> shapes) {
    return String.join(
        ", ",
        shapes.stream()
            .map(shape -> Arrays.toString(shape.getShape()).replace("-1", "?"))
            .toList());
  }
}
