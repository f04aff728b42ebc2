package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/// One batch of arrays that somebody has, who keeps them.
///
/// @param inputs `[B, …]` each
record OneBatch(NDList inputs) implements DataLoader {
  @Override
  public int batches() {
    return 1;
  }

  @Override
  public long samples() {
    return inputs.head().getShape().get(0);
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream().map(NDArray::getShape).toList();
  }

  @Override
  public Batches open(long seed, long epoch, int first) {
    return new Batches() {
      private boolean given = first > 0;

      @Override
      public boolean hasNext() {
        return !given;
      }

      @Override
      public Samples next(NDManager manager) {
        given = true;
        return new Samples(copies(inputs, manager), new NDList(), (int) samples());
      }
    };
  }

  /// {@return copies of arrays, on the device of the one who owns them}
  static NDList copies(NDList arrays, NDManager owner) {
    var copies = new NDList();
    for (NDArray array : arrays) {
      copies.add(array.toDevice(owner.getDevice(), true));
    }
    copies.attach(owner);
    return copies;
  }
}
