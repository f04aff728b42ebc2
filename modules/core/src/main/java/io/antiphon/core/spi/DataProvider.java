package io.antiphon.core.spi;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.DataLoader;
import java.util.Optional;

/// Data that can be named: the record of their options makes them.
public non-sealed interface DataProvider extends Provider {
  /// {@return training and validation data}
  ///
  /// @param setting the run that they are for
  Data create(Setting setting);

  /// What data are made for.
  ///
  /// @param manager owns arrays that live as long as the data, on the run's device
  /// @param seed the seed of the run
  record Setting(NDManager manager, long seed) {}

  /// Training and validation data.
  ///
  /// @param train the training data
  /// @param valid the validation data, if any
  /// @param classes the number of classes of integer targets, or the length of a target; at least 1
  record Data(DataLoader train, Optional<DataLoader> valid, int classes) {}
}
