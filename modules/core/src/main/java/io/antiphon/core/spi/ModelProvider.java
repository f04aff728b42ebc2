package io.antiphon.core.spi;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;

/// Makes models by name.
///
/// @param <O> the record of its options
public non-sealed interface ModelProvider<O extends Record> extends Provider<O> {
  /// {@return a new model, not initialised}
  ///
  /// @param options the model's sizes
  /// @param task what it is for
  Block create(O options, Task task);

  /// What a model is for.
  ///
  /// @param inputs the shapes of a batch's inputs, `[B, …]` each
  /// @param outputs the number of outputs per sample: the classes, or the length of a target
  record Task(List<Shape> inputs, int outputs) {}
}
