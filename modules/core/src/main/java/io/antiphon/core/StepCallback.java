package io.antiphon.core;

import java.util.Set;

/// A callback that supplies the training step of the fits that it joins: what it does not implement
/// has the usual meaning.
///
/// ```
/// record Momentum(double share) implements StepCallback {
///   @Override public void zeroGrad(Batch batch) {
///     batch.gradients().scale(share);
///   }
/// }
/// ```
///
/// What other callbacks wrap around the step lies around this one too. Two of them in one run are
/// refused. One that adds to the step in force, rather than replace it, is a [Callback] that calls
/// `wrapStep`.
public interface StepCallback extends Callback, TrainingStep {
  @Override
  default Set<Replacement> replaces() {
    return Set.of(Replacement.STEP);
  }

  /// {@inheritDoc} Whoever overrides this calls it, too: it lays the step.
  @Override
  default void beforeFit(Fit fit) {
    fit.replaceStep(this);
  }
}
