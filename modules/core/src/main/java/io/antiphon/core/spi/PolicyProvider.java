package io.antiphon.core.spi;

import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;

/// Makes ways to fit by name: how many epochs, under which schedules.
///
/// @param <O> the record of its options
public non-sealed interface PolicyProvider<O extends Record> extends Provider<O> {
  /// {@return a policy}
  Policy create(O options);

  /// A way to fit.
  @FunctionalInterface
  interface Policy {
    /// Fits.
    FitResult fit(Learner learner);
  }
}
