package io.antiphon.core;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Behaviour added to a fit. Every hook does nothing unless implemented.
///
/// A hook receives the innermost open [Scope] and walks outwards from there: everything that the
/// loop knows is readable, what may change has a setter, and throwing a [CancelException] stops a
/// level. Changes with a lifetime are made through a scope (`pass.wrapLoss(…)`, `fit.set(…)`) and
/// end with it.
///
/// All hooks are called by the thread that called `fit`. An instance belongs to one learner at a
/// time; after [#cleanupFit] it is ready for the next fit. A callback that remembers anything
/// between batches implements [Stateful]. One that only watches is an [Observer].
public interface Callback extends Reporting {
  /// {@return the name by which others refer to this: by default the class's name without
  /// "Callback", in kebab-case, `mixed-precision` for `MixedPrecisionCallback`}
  default String name() {
    return Names.of(getClass());
  }

  /// {@return where this runs among the other callbacks}
  default Order order() {
    return Order.DEFAULT;
  }

  /// {@return the kinds of runs that this joins: by default only fits}
  default Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT);
  }

  /// {@return what this replaces whole: two owners of one are refused at the start of a run}
  default Set<Replacement> replaces() {
    return Set.of();
  }

  /// {@return whether this runs on rank 0 only, where several processes train ([Ranks]): what
  /// writes or shows, and changes nothing that is trained; by default observers do}
  default boolean leadsOnly() {
    return this instanceof Observer;
  }

  /// {@return whether this reads losses as numbers in training batches ([Batch#lossValue],
  /// [Fit#smoothLoss]) or anything else that waits for the device}
  default boolean waitsForDevice() {
    return false;
  }

  /// {@return the numbers of this that others may change during a run, for instance by a schedule}
  default List<Tunable> tunables() {
    return List.of();
  }

  /// {@return the events that this hears, the same ones while a run lasts: by default those whose
  /// hooks its class implements. The others cost nothing}
  default Set<Event> events() {
    return Event.implementedBy(getClass());
  }

  /// Called at each of the [#events]: by default calls the event's own hook. Whoever treats all
  /// events alike, or passes them on to another callback, overrides both.
  ///
  /// @param scope the scope that the event's hook receives
  default void on(Event event, Scope scope) {
    event.call(this, scope);
  }

  /// Refuses a learner that this cannot run with, so that it is told before anything runs; by
  /// default none. See [Learner#check].
  ///
  /// @throws IllegalArgumentException with a sentence; a [RefusedException] if an option is to
  ///   blame
  /// @throws IllegalStateException if it is not an option that is to blame
  default void check(Learner learner) {}

  /// {@return what people shall know before a run of this learner, such as curves, in whole lines;
  /// empty by default. Shown by [Learner#explain]}
  default String explain(Learner learner) {
    return "";
  }

  /// Before everything else. The optimizer, the model and the data are there.
  default void beforeFit(Fit fit) {}

  /// Before each epoch.
  default void beforeEpoch(Epoch epoch) {}

  /// Before the training part of an epoch. Gradients are recorded from here on.
  default void beforeTrain(Pass pass) {}

  /// Before each batch, training and validation: inputs and targets may be changed.
  default void beforeBatch(Batch batch) {}

  /// After the forward pass: predictions may be changed.
  default void afterPred(Batch batch) {}

  /// After the loss is computed; it may be changed, or only what is differentiated
  /// ([Batch#objective]). Not fired for a batch without a loss ([TrainingStep#hasLoss]).
  default void afterLoss(Batch batch) {}

  /// Before the backward pass of a training batch.
  default void beforeBackward(Batch batch) {}

  /// After the backward pass was cancelled; the step still runs.
  default void afterCancelBackward(Batch batch) {}

  /// After the backward pass: gradients are there.
  default void afterBackward(Batch batch) {}

  /// At the end of the backward pass, on every way out.
  default void cleanupBackward(Batch batch) {}

  /// Before the optimizer's step: the place to change gradients.
  default void beforeStep(Batch batch) {}

  /// After the step was cancelled; gradients are still zeroed.
  default void afterCancelStep(Batch batch) {}

  /// After the optimizer's step; [Batch#stepResult] tells what it did.
  default void afterStep(Batch batch) {}

  /// At the end of the step, on every way out.
  default void cleanupStep(Batch batch) {}

  /// After a batch was cancelled.
  default void afterCancelBatch(Batch batch) {}

  /// After each batch.
  default void afterBatch(Batch batch) {}

  /// At the end of each batch, on every way out.
  default void cleanupBatch(Batch batch) {}

  /// After the training part was cancelled; validation still runs.
  default void afterCancelTrain(Pass pass) {}

  /// After the training part of an epoch.
  default void afterTrain(Pass pass) {}

  /// At the end of the training part, on every way out.
  default void cleanupTrain(Pass pass) {}

  /// Before the validation part of an epoch. Nothing is recorded for gradients.
  default void beforeValidate(Pass pass) {}

  /// After the validation part was cancelled.
  default void afterCancelValidate(Pass pass) {}

  /// After the validation part of an epoch.
  default void afterValidate(Pass pass) {}

  /// At the end of the validation part, on every way out.
  default void cleanupValidate(Pass pass) {}

  /// After an epoch was cancelled.
  default void afterCancelEpoch(Epoch epoch) {}

  /// After each epoch.
  default void afterEpoch(Epoch epoch) {}

  /// At the end of each epoch, on every way out.
  default void cleanupEpoch(Epoch epoch) {}

  /// After the fit was cancelled.
  default void afterCancelFit(Fit fit) {}

  /// After the fit.
  default void afterFit(Fit fit) {}

  /// At the end of the fit, on every way out. What `beforeFit` opened closes here.
  default void cleanupFit(Fit fit) {}
}
