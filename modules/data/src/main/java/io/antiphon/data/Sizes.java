package io.antiphon.data;

import io.antiphon.core.Check;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.Task;
import java.util.List;
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
  ///
  /// @param fitted what reads other samples alike
  static Data split(
      TensorLoader all, int train, int valid, int batchSize, int classes, DataProvider fitted) {
    return data(
        all.part(0, train),
        valid == 0 ? Optional.empty() : Optional.of(all.part(train, valid)),
        batchSize,
        classes,
        fitted);
  }

  static Data data(
      TensorLoader train,
      Optional<TensorLoader> valid,
      int batchSize,
      int classes,
      DataProvider fitted) {
    TensorLoader first = train.batchSize(batchSize).shuffled();
    return new Data(
        first,
        valid.map(loader -> loader.batchSize(batchSize)),
        new Task(first.inputShapes(), classes),
        Optional.of(fitted),
        List.of());
  }
}
