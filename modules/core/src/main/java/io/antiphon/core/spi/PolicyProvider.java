package io.antiphon.core.spi;

import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Splitter;
import java.util.List;
import java.util.Optional;

/// Ways to fit that can be named, how many epochs, under which schedules: the record of their
/// options makes them.
public non-sealed interface PolicyProvider extends Provider {
  /// {@return a policy}
  Policy create();

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

    /// {@return the callbacks that this adds to each of its fits, in the order of the fits, so that
    /// what does not fit together is told before anything runs; by default one fit without any}
    ///
    /// @throws IllegalArgumentException if this cannot fit this learner
    default List<List<Callback>> callbacks(Learner learner) {
      return List.of(List.of());
    }

    /// {@return how the model's parameters must be grouped for this, unless the user says
    /// otherwise; by default as the optimizer likes}
    default Optional<Splitter> splitter() {
      return Optional.empty();
    }
  }
}
