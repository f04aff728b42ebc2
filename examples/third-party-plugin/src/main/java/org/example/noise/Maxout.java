package org.example.noise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;

/// Nets with one hidden layer of maxout units (Goodfellow et al., 2013): each is the greatest
/// of some linear functions of the flattened inputs.
@Id("maxout")
@Summary("one hidden layer of maxout units")
public record Maxout(
    @Summary("hidden units, at least 1") int units,
    @Summary("linear functions of each unit, at least 1") int pieces)
    implements ModelProvider {
  /// Refuses what is no size.
  public Maxout {
    Check.atLeast("units", units, 1);
    Check.atLeast("pieces", pieces, 1);
  }

  /// 64 units of 3 pieces.
  public Maxout() {
    this(64, 3);
  }

  @Override
  public Block create(Task task) {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits((long) units * pieces).build())
        .add(inputs -> new NDList(greatest(inputs.head())))
        .add(Linear.builder().setUnits(task.outputs()).build());
  }

  private NDArray greatest(NDArray linear) {
    return linear
        .reshape(new Shape(-1, units, pieces))
        .max(new int[] {2});
  }
}
