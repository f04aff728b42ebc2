package io.antiphon.data;

import io.antiphon.core.Samples;

/// The samples of an epoch that one of several processes reads, batch after batch.
final class EpochRows {
  /// Their indices, those of a batch after those of the one before.
  final int[] order;

  /// How many batches the epoch has.
  final int batches;

  /// How many of them are read.
  final int count;

  private final int samples;
  private final int batchSize;
  private final int rank;
  private final int ranks;
  private final int each;

  /// @param all the indices of all samples in the order of the epoch, and maybe some that are left
  ///   out
  /// @param samples how many of them are given
  EpochRows(int[] all, int samples, int batchSize, int rank, int ranks) {
    this.samples = samples;
    this.batchSize = Math.clamp(batchSize, 1, Math.max(1, samples));
    this.rank = rank;
    this.ranks = ranks;
    batches = Math.ceilDiv(samples, this.batchSize);
    each = size(0);
    count = batches == 0 ? 0 : (batches - 1) * each + size(batches - 1);
    order = ranks == 1 ? all : new int[count];
    for (int batch = 0; ranks > 1 && batch < batches; batch++) {
      int first = batch * this.batchSize + part(batch).first();
      System.arraycopy(all, first, order, start(batch), size(batch));
    }
  }

  /// {@return which rows of a batch they are}
  Samples.Part part(int batch) {
    return Samples.Part.of(Math.min(batchSize, samples - batch * batchSize), rank, ranks);
  }

  /// {@return how many samples of a batch are read}
  int size(int batch) {
    return part(batch).taken();
  }

  /// {@return the most samples of a batch that are read; the last one may have more than others}
  int most() {
    return batches == 0 ? 0 : Math.max(each, size(batches - 1));
  }

  /// {@return the place of a batch's first sample; that of the batch after the last is their count}
  int start(int batch) {
    return batch < batches ? batch * each : count;
  }

  /// {@return the batch of the sample at a place}
  int batch(long place) {
    return (int) Math.min(place / each, batches - 1L);
  }
}
