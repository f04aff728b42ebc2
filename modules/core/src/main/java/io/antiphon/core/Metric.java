package io.antiphon.core;

/// A number that tells how good predictions are, over all samples of a pass.
///
/// Counts and sums stay on the device, under the manager of the pass, until [#value] asks for them.
/// Samples count equally, so a smaller last batch weighs less. Arrays made here are not recorded
/// for gradients.
public interface Metric {
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
