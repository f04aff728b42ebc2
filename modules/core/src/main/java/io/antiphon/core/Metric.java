package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import java.util.function.Function;

/// A number that tells how good predictions are, over all samples of a pass.
///
/// Counts and sums stay on the device, under the manager of the pass, until [#value] asks for them.
/// Samples count equally, so a smaller last batch weighs less. Arrays made here are not recorded
/// for gradients.
public interface Metric {
  /// {@return the mean of a quantity over all samples of a pass, of which more is better}
  ///
  /// ```
  /// Metric.mean("confidence", batch -> batch.predictions().head().softmax(1).max(new int[] {1}))
  /// ```
  ///
  /// @param name of its column
  /// @param values the quantity for each sample of a batch, `[B]` or `[B, …]`, of any numeric type;
  ///   it is asked where nothing is recorded for gradients, and its arrays belong to the batch
  static Metric mean(String name, Function<Batch, NDArray> values) {
    return mean(name, true, values);
  }

  /// {@return as [#mean(String, Function)]}
  ///
  /// @param higherBetter whether more is better
  static Metric mean(String name, boolean higherBetter, Function<Batch, NDArray> values) {
    return new MeanOf(name, higherBetter, values);
  }

  /// {@return the name of its column, in snake_case or kebab-case}
  String name();

  /// Starts a pass. Arrays of the new state belong to `pass.manager()`.
  void reset(Pass pass);

  /// Adds a batch, whose predictions and targets are there.
  void add(Batch batch);

  /// {@return the number over what was added since [#reset], NaN if nothing was; waits for the
  /// device}
  double value();

  /// {@return whether greater is better}
  default boolean isHigherBetter() {
    return true;
  }
}
