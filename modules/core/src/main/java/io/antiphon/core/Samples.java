package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;

/// One batch of data.
///
/// @param inputs what the model gets, `[B, …]` each
/// @param targets what the loss compares with, `[B, …]` each; empty if unknown
/// @param size B, the number of samples
/// @param part which rows of the whole batch they are, where several processes share it
public record Samples(NDList inputs, NDList targets, int size, Part part) {
  /// The rows of a batch that one of several processes computes. One that has none computes the
  /// first row all the same, which does not count: a mean over nothing is no number.
  ///
  /// @param first the index of its first row
  /// @param rows how many of its rows count
  /// @param whole how many rows the whole batch has
  public record Part(int first, int rows, int whole) {
    /// {@return the rows of a rank: those from ⌊G·r/n⌋ up to ⌊G·(r+1)/n⌋}
    ///
    /// @param whole G, how many rows the batch has
    /// @param rank r, from 0
    /// @param ranks n, at least 1
    public static Part of(int whole, int rank, int ranks) {
      int first = (int) ((long) whole * rank / ranks);
      int rows = (int) ((long) whole * (rank + 1) / ranks) - first;
      return new Part(rows == 0 ? 0 : first, rows, whole);
    }

    /// {@return how many rows are computed: at least one, unless the whole batch is empty}
    public int taken() {
      return Math.min(whole, Math.max(1, rows));
    }
  }

  /// All samples of a batch.
  public Samples(NDList inputs, NDList targets, int size) {
    this(inputs, targets, size, new Part(0, size, size));
  }

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
