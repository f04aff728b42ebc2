package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

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

  /// {@return a metric that is computed from the values of others over the whole pass}
  ///
  /// ```
  /// Metric.from("f1", v -> 2 * v[0] * v[1] / (v[0] + v[1]), ClassScore.precision(MACRO), ClassScore.recall(MACRO))
  /// ```
  ///
  /// @param name of its column
  /// @param formula from the values of the others, in their order
  /// @param metrics the others: instances of its own, which are no columns by themselves
  static Metric from(String name, ToDoubleFunction<double[]> formula, Metric... metrics) {
    return from(name, true, formula, metrics);
  }

  /// {@return as [#from(String, ToDoubleFunction, Metric...)]}
  ///
  /// @param higherBetter whether more is better
  static Metric from(
      String name, boolean higherBetter, ToDoubleFunction<double[]> formula, Metric... metrics) {
    return new FromMetrics(name, higherBetter, formula, List.of(metrics));
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

  /// {@return whether what this has added can be added up over several processes by [#addUp]; if
  /// not, the default, each of them scores the whole of the data}
  default boolean addsUp() {
    return false;
  }

  /// Puts the sums over all processes in place of what this process has added, at the end of a
  /// pass, if [#addsUp]. All call it in the same order, also those to which nothing was added.
  default void addUp(Ranks ranks) {
    throw new UnsupportedOperationException("metric '" + name() + "' does not add up");
  }

  /// {@return whether greater is better}
  default boolean isHigherBetter() {
    return true;
  }
}
