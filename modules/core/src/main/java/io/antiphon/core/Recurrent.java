package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;

/// A part of a model that remembers something from one batch to the next, as a recurrent layer
/// does.
///
/// The callback `model-resetter` makes it forget where a pass begins. Who runs a batch more than
/// once gives it back what it remembered before.
public interface Recurrent {
  /// Forgets: the next batch begins with a state of zeros.
  void reset();

  /// {@return copies of what is remembered, some arrays; none after [#reset]}
  ///
  /// @param manager who owns them
  NDList state(NDManager manager);

  /// Remembers what [#state] gave, in copies, for the next training batch.
  void restore(NDList state);

  /// {@return such parts of a model, in the order in which it has them}
  static List<Recurrent> in(Block model) {
    var all = new ArrayList<Recurrent>();
    if (model instanceof Recurrent recurrent) {
      all.add(recurrent);
    }
    model.getChildren().values().forEach(child -> all.addAll(in(child)));
    return all;
  }

  /// {@return what gives such parts of a model back what they remember now, as often as it is run}
  ///
  /// @param owner who owns the copies; it outlives every run
  static Runnable again(Block model, NDManager owner) {
    List<Recurrent> parts = in(model);
    List<NDList> memories = parts.stream().map(each -> each.state(owner)).toList();
    return () -> {
      for (int i = 0; i < parts.size(); i++) {
        parts.get(i).restore(memories.get(i));
      }
    };
  }

  /// {@return whether there is such a part in a model}
  static boolean isIn(Block model) {
    return !in(model).isEmpty();
  }
}
