package io.antiphon.core.spi;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// What is to be learned, as the data tell it: what a model gets, and what it shall give.
///
/// Models take their sizes from it. Where an experiment names no loss and no metrics, those that
/// are usual for the goal are taken.
///
/// @param goal what the targets are
/// @param inputs what a model gets, one or more
/// @param names the classes, labels, outputs or tokens, in the order of their indices; at least one
/// @param scales for regression, where each output lies and how far it spreads, so that a model can
///   begin there; empty if nobody says
public record Task(Goal goal, List<Input> inputs, List<String> names, List<Scale> scales) {
  /// What the targets of a batch of B samples are, and what predictions they need.
  public enum Goal {
    /// One class per sample: int64 `[B]`; predictions are logits `[B, C]`.
    CLASSIFICATION,
    /// For each of L labels, whether it holds: float32 `[B, L]`, 0 or 1; predictions are logits
    /// `[B, L]`.
    LABELS,
    /// One number or several per sample: float32 `[B, K]`; predictions are `[B, K]`.
    REGRESSION,
    /// The next token at every place of a sequence: int64 `[B, T]`; predictions are logits `[B, T,
    /// C]`.
    LANGUAGE_MODEL,
    /// One class per pixel: int64 `[B, H, W]`; predictions are logits `[B, H, W, C]`.
    SEGMENTATION;

    /// {@return whether targets are indices of classes or tokens}
    public boolean hasClasses() {
      return this == CLASSIFICATION || this == LANGUAGE_MODEL || this == SEGMENTATION;
    }

    /// {@return its name in files, in kebab-case}
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// {@return its name in sentences}
    @Override
    public String toString() {
      return switch (this) {
        case LABELS -> "the choice of labels";
        case LANGUAGE_MODEL -> "a language model";
        default -> id();
      };
    }
  }

  /// One array that a model gets.
  ///
  /// @param shape its shape in a full batch, `[B, …]`
  /// @param features for a table, `[B, F]`, what its columns are; empty for all else
  public record Input(Shape shape, List<Feature> features) {
    public Input {
      features = List.copyOf(features);
      if (!features.isEmpty() && features.size() != shape.get(shape.dimension() - 1)) {
        throw new IllegalArgumentException(
            "%d features are named for an input of shape %s".formatted(features.size(), shape));
      }
    }

    /// An array that is no table.
    public Input(Shape shape) {
      this(shape, List.of());
    }
  }

  /// A column of a table.
  ///
  /// @param name its name
  /// @param categories what its indices mean, in order; empty for a number
  /// @param scale what a number was standardised with: a model gets (x − mean) / deviation
  public record Feature(String name, List<String> categories, Scale scale) {
    public Feature {
      categories = List.copyOf(categories);
    }
  }

  /// Where numbers lie.
  ///
  /// @param mean their mean
  /// @param deviation their standard deviation, greater than 0
  public record Scale(double mean, double deviation) {
    /// That of numbers which are as they are.
    public static final Scale NONE = new Scale(0, 1);
  }

  public Task {
    inputs = List.copyOf(inputs);
    names = List.copyOf(names);
    scales = List.copyOf(scales);
    if (!scales.isEmpty() && scales.size() != names.size()) {
      throw new IllegalArgumentException("a task has as many scales as outputs, or none");
    }
    if (inputs.isEmpty() || names.isEmpty()) {
      throw new IllegalArgumentException("a task has at least one input and one output");
    }
  }

  /// A task whose outputs nobody knows more of.
  public Task(Goal goal, List<Input> inputs, List<String> names) {
    this(goal, inputs, names, List.of());
  }

  /// Classification into classes that are only counted, `0` to `classes - 1`.
  ///
  /// @param inputs the shapes of a batch's inputs, `[B, …]` each
  /// @param classes how many classes there are, at least 1
  public Task(List<Shape> inputs, int classes) {
    this(Goal.CLASSIFICATION, of(inputs), numbered(classes));
  }

  /// {@return inputs of some shapes, none of them a table}
  ///
  /// @param shapes the shapes of a batch's inputs, `[B, …]` each
  public static List<Input> of(List<Shape> shapes) {
    return shapes.stream().map(Input::new).toList();
  }

  /// {@return the names of what is only counted: `0`, `1` and so on}
  public static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }

  /// {@return how many numbers a model gives per sample, or per place: one for each name}
  public int outputs() {
    return names.size();
  }

  /// {@return the shapes of a batch's inputs, `[B, …]` each}
  public List<Shape> shapes() {
    return inputs.stream().map(Input::shape).toList();
  }
}
