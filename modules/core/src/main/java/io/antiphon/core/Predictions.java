package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What a model gave for samples, beside what it got, in the order of the data. See
/// [Learner#predictions].
///
/// @param first the place of the first of them in the order of the data, from 0
/// @param size N, how many there are
/// @param inputs what the model got, `[N, …]` each
/// @param targets what it should have given, `[N, …]` each; empty if the data have none
/// @param outputs what it gave, `[N, …]` each
/// @param losses the loss of each sample by the loss function in force, `[N]`; none without
///   targets, and where that gives none per sample
public record Predictions(
    long first, int size, NDList inputs, NDList targets, NDList outputs, Optional<NDArray> losses) {
  /// {@return the indices of the greatest outputs, over the last axis: classes of samples, int64
  /// `[N]`, or of places, `[N, …]`}
  ///
  /// @throws IllegalStateException if the model gives several outputs
  public NDArray classes() {
    if (outputs.size() != 1) {
      throw new IllegalStateException(
          "the model gives %d outputs; say which one tells the classes".formatted(outputs.size()));
    }
    return outputs.head().argMax(-1);
  }

  /// {@return what was predicted batch by batch, as one}
  ///
  /// @param owner owns it
  static Predictions joined(List<Predictions> batches, NDManager owner) {
    NDList losses = joined(batches, each -> new NDList(each.losses.stream().toList()), owner);
    return new Predictions(
        0,
        batches.stream().mapToInt(Predictions::size).sum(),
        joined(batches, Predictions::inputs, owner),
        joined(batches, Predictions::targets, owner),
        joined(batches, Predictions::outputs, owner),
        losses.stream().findFirst());
  }

  private static NDList joined(
      List<Predictions> batches, Function<Predictions, NDList> part, NDManager owner) {
    return Collector.joined(batches.stream().map(part).toList(), owner);
  }
}
