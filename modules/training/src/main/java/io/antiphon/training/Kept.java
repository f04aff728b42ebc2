package io.antiphon.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.Copies;
import org.jspecify.annotations.Nullable;

/// Copies of arrays that a callback keeps from batch to batch, on the device of the arrays.
final class Kept {
  private final String name;
  private @Nullable NDManager manager;
  private NDList arrays = new NDList();

  /// @param name of the manager that owns them, for whoever looks for what is left open
  Kept(String name) {
    this.name = name;
  }

  /// {@return the copies, in order; empty if none are kept}
  NDList arrays() {
    return arrays;
  }

  boolean isEmpty() {
    return arrays.isEmpty();
  }

  /// Keeps copies of arrays in the place of those that are kept, or in their memory if there are as
  /// many.
  void hold(NDList values) {
    if (!values.isEmpty() && values.size() == arrays.size()) {
      Copies.write(values, arrays);
      return;
    }
    drop();
    if (!values.isEmpty()) {
      NDManager own = NDManager.newBaseManager(values.head().getDevice());
      own.setName(name);
      manager = own;
      arrays = Copies.of(values, own);
    }
  }

  NDList copy(NDManager owner) {
    return Copies.of(arrays, owner);
  }

  void drop() {
    arrays = new NDList();
    if (manager != null) {
      manager.close();
      manager = null;
    }
  }
}
