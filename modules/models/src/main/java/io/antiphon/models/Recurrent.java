package io.antiphon.models;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;

/// A part of a model that remembers something from one batch to the next, as a recurrent layer
/// does.
///
/// [ModelResetter] makes it forget where a pass begins.
public interface Recurrent {
  /// Forgets: the next batch begins with a state of zeros.
  void reset();

  /// {@return copies of what is remembered, some arrays; none after [#reset]}
  ///
  /// @param manager who owns them
  NDList state(NDManager manager);

  /// {@return whether there is such a part in a model}
  static boolean isIn(Block model) {
    return model instanceof Recurrent
        || model.getChildren().values().stream().anyMatch(Recurrent::isIn);
  }

  /// Remembers what [#state] gave, in copies, for the next training batch.
  void restore(NDList state);
}
