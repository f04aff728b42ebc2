package io.antiphon.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// A network for tables: an embedding for each column of categories (Guo and Berkhahn, 2016),
/// beside the numbers, then a multi-layer perceptron.
///
/// Inputs are numbers, float32 `[B, F]`, and categories, int64 `[B, G]`, an index each; both or one
/// of them. Embeddings start normal with deviation 0.01; the layers after them as those of [Mlp].
public final class Tabular {
  private Tabular() {}

  /// The sizes of a network for tables.
  @Id("tabular")
  @Summary("embeddings of categories beside numbers, then a perceptron")
  public record Options(
      @Summary("units of each hidden layer, at least 1 each") List<Integer> hidden,
      @Summary("what hidden layers apply to their outputs") Activation activation,
      @Summary("rate of dropout after each hidden layer, in [0, 1]") double dropout,
      @Summary("numbers per category; by their count n, 1.6 n^0.56 and at most 600, if null")
          OptionalInt embedding)
      implements ModelProvider {
    public Options {
      Check.within("dropout", dropout, 0, 1);
      hidden = List.copyOf(hidden);
      for (int units : hidden) {
        Check.atLeast("hidden", units, 1);
      }
      embedding.ifPresent(width -> Check.atLeast("embedding", width, 1));
    }

    /// Hidden layers of 64 and 32 units, with ReLU, without dropout; embeddings by their count.
    public Options() {
      this(List.of(64, 32), Activation.RELU, 0, OptionalInt.empty());
    }

    /// {@return the same with hidden layers of so many units}
    public Options hidden(List<Integer> hidden) {
      return new Options(hidden, activation, dropout, embedding);
    }

    /// {@return the same with another activation}
    public Options activation(Activation activation) {
      return new Options(hidden, activation, dropout, embedding);
    }

    /// {@return the same with another dropout}
    public Options dropout(double dropout) {
      return new Options(hidden, activation, dropout, embedding);
    }

    /// {@return the same with so many numbers per category}
    public Options embedding(int embedding) {
      return new Options(hidden, activation, dropout, OptionalInt.of(embedding));
    }

    @Override
    public Block create(Task task) {
      return Tabular.of(this, task);
    }

    /// {@return how many numbers stand for one of so many categories, by fastai's rule}
    int width(int categories) {
      return embedding.orElse((int) Math.min(600, Math.round(1.6 * Math.pow(categories, 0.56))));
    }
  }

  /// {@return a new model, not initialised}
  ///
  /// @param options its sizes
  /// @param task what it is for; its inputs say which columns are categories, and of how many
  /// @throws IllegalArgumentException if an input is no table, or only a part of its columns are
  ///   categories
  public static Block of(Options options, Task task) {
    var kinds = new ArrayList<TableInput.Kind>();
    for (Task.Input input : task.inputs()) {
      kinds.add(kind(options, input));
    }
    var model = new SequentialBlock().add(new TableInput(kinds));
    Mlp.layers(model, options.hidden(), options.activation(), options.dropout());
    return Mlp.head(model, task);
  }

  private static TableInput.Kind kind(Options options, Task.Input input) {
    Shape shape = input.shape();
    if (shape.dimension() != 2) {
      throw new IllegalArgumentException(
          "the inputs have shape %s; a table is [B, columns]".formatted(shape));
    }
    List<Integer> counts =
        input.features().stream().map(feature -> feature.categories().size()).toList();
    if (counts.stream().allMatch(count -> count == 0)) {
      return new TableInput.Numbers(Math.toIntExact(shape.get(1)));
    }
    if (counts.contains(0)) {
      throw new IllegalArgumentException(
          "an input has both numbers and categories among its columns; give them apart");
    }
    return new TableInput.Categories(counts, counts.stream().map(options::width).toList());
  }
}
