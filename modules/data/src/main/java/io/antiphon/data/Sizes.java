package io.antiphon.data;

import io.antiphon.core.Check;
import io.antiphon.core.spi.DataProvider.Data;
import java.util.Optional;

/// What the built-in data have in common: how many samples, in batches of what size.
final class Sizes {
  private Sizes() {}

  static void check(int train, int valid, int batchSize) {
    Check.atLeast("train", train, 1);
    Check.atLeast("valid", valid, 0);
    Check.atLeast("batch-size", batchSize, 1);
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
