package org.example.noise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;

/// Makes nets with one hidden layer of maxout units (Goodfellow et al., 2013): each is the greatest
/// of some linear functions of the flattened inputs.
@Id("maxout")
@Summary("one hidden layer of maxout units")
public final class MaxoutProvider implements ModelProvider<MaxoutProvider.Options> {
  /// The sizes of a net.
  ///
  /// @param units the number of hidden units, at least 1
  /// @param pieces the number of linear functions of each, at least 1
  public record Options(
      @Summary("hidden units, at least 1") int units,
      @Summary("linear functions of each unit, at least 1") int pieces) {
    /// Refuses what is no size.
    public Options {
      if (units < 1 || pieces < 1) {
        throw new IllegalArgumentException(
            "there are %d units of %d pieces; both must be at least 1".formatted(units, pieces));
      }
    }
  }

  @Override
  public Options defaults() {
    return new Options(64, 3);
  }

  @Override
  public Block create(Options options, Task task) {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits((long) options.units() * options.pieces()).build())
        .add(inputs -> new NDList(greatest(inputs.head(), options)))
        .add(Linear.builder().setUnits(task.outputs()).build());
  }

  private static NDArray greatest(NDArray linear, Options options) {
    return linear
        .reshape(new Shape(-1, options.units(), options.pieces()))
        .max(new int[] {2});
  }
}
