package io.antiphon.core.spi;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;

/// Models that can be named: the record of their options makes them.
public non-sealed interface ModelProvider extends Provider {
  /// {@return a new model, not initialised}
  ///
  /// @param task what it is for
  Block create(Task task);

  /// What a model is for.
  ///
  /// @param inputs the shapes of a batch's inputs, `[B, …]` each
  /// @param outputs the number of outputs per sample: the classes, or the length of a target
  record Task(List<Shape> inputs, int outputs) {}
}
