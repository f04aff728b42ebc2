package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;

/// One batch of data.
///
/// @param inputs what the model gets, `[B, …]` each
/// @param targets what the loss compares with, `[B, …]` each; empty if unknown
/// @param size B, the number of samples
public record Samples(NDList inputs, NDList targets, int size) {
  /// {@return the samples of several batches as one}
  ///
  /// @param batches at least one; of one alone, its own arrays
  /// @param owner the manager that owns arrays of several
  public static Samples joined(List<Samples> batches, NDManager owner) {
    if (batches.size() == 1) {
      return batches.getFirst();
    }
    return new Samples(
        Collector.joined(batches.stream().map(Samples::inputs).toList(), owner),
        Collector.joined(batches.stream().map(Samples::targets).toList(), owner),
        batches.stream().mapToInt(Samples::size).sum());
  }
}
