package io.antiphon.data;

import io.antiphon.core.spi.DataProvider.Data;
import java.util.Optional;

/// What the built-in data have in common: how many samples, in batches of what size.
final class Sizes {
  private Sizes() {}

  static void check(int train, int valid, int batchSize) {
    if (train < 1) {
      throw new IllegalArgumentException("train is %d, must be at least 1".formatted(train));
    }
    if (valid < 0) {
      throw new IllegalArgumentException("valid is %d, must be at least 0".formatted(valid));
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "batch-size is %d, must be at least 1".formatted(batchSize));
    }
  }

  /// {@return the first samples shuffled for training, the next ones in order for validation}
  static Data split(TensorLoader all, int train, int valid, int batchSize, int classes) {
    return data(
        all.part(0, train),
        valid == 0 ? Optional.empty() : Optional.of(all.part(train, valid)),
        batchSize,
        classes);
  }

  static Data data(TensorLoader train, Optional<TensorLoader> valid, int batchSize, int classes) {
    return new Data(
        train.batchSize(batchSize).shuffled(),
        valid.map(loader -> loader.batchSize(batchSize)),
        classes);
  }
}
