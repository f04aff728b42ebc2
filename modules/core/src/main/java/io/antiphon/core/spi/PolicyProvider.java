package io.antiphon.core.spi;

import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Splitter;
import java.util.Optional;

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

    /// {@return what people shall know before it fits this learner, such as curves, in whole lines;
    /// empty by default}
    default String explain(Learner learner) {
      return "";
    }

    /// {@return how the model's parameters must be grouped for this, unless the user says
    /// otherwise; by default as the optimizer likes}
    default Optional<Splitter> splitter() {
      return Optional.empty();
    }
  }
}
