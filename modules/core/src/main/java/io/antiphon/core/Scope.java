package io.antiphon.core;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A level of the loop while it is open: `Fit`, which holds an `Epoch`, which holds a `Pass`, which
/// holds a `Batch`.
///
/// Changes made through a scope are layers that it owns. The value in force is the fold of all live
/// layers over what was set on the learner or the optimizer itself: first the replacements, then
/// the wraps, each in the order in which they were laid. When the scope ends, whichever way, its
/// layers are gone; those of other scopes stay. The operators of layers may be applied again
/// whenever another layer comes or goes, so they must be pure.
public abstract sealed class Scope permits Fit, Epoch, Pass, Batch {
  private final @Nullable Scope parent;
  private final Level level;
  private final List<Layered<?>> layers = new ArrayList<>(0);
  private final List<AutoCloseable> owned = new ArrayList<>(0);
  private @Nullable NDManager manager;
  private boolean closed;
  private Outcome outcome = new Outcome.Running();

  Scope(@Nullable Scope parent, Level level, @Nullable NDManager manager) {
    this.parent = parent;
    this.level = level;
    this.manager = manager;
  }

  /// {@return the enclosing fit}
  public abstract Fit fit();

  /// {@return the level that this is}
  public final Level level() {
    return level;
  }

  /// {@return how this ended; running until its `AFTER` event}
  public final Outcome outcome() {
    return outcome;
  }

  /// {@return the manager of arrays that live as long as this scope}
  public final NDManager manager() {
    if (manager == null) {
      check();
      manager = (parent == null ? fit().learner().manager() : parent.manager()).newSubManager();
    }
    return manager;
  }

  /// Closes a resource when this scope ends, the last one first. All are closed, whatever fails;
  /// the first failure ends the fit, but not one of an [Observer]'s resource.
  public final <T extends AutoCloseable> T own(T resource) {
    check();
    owned.add(fit().dispatcher().closing(resource));
    return resource;
  }

  /// Lays a function over the loss function, and over another one that is laid later by
  /// [#replaceLoss].
  public final void wrapLoss(UnaryOperator<LossFunction> change) {
    change().loss.wrap(this, change);
  }

  /// Lays another loss function over the one in force, under what wraps it. The callback must
  /// declare [Replacement#LOSS_FUNCTION].
  public final void replaceLoss(LossFunction loss) {
    declared(Replacement.LOSS_FUNCTION).loss.put(this, author(), loss);
  }

  /// Lays a function over the training step, and over another one that is laid later by
  /// [#replaceStep].
  public final void wrapStep(UnaryOperator<TrainingStep> change) {
    change().step.wrap(this, change);
  }

  /// Lays another training step over the one in force, under what wraps it. The callback must
  /// declare [Replacement#STEP].
  public final void replaceStep(TrainingStep step) {
    declared(Replacement.STEP).step.put(this, author(), step);
  }

  /// Lays another model over the one in force, in the next forward pass. The optimizer keeps its
  /// own parameters; see [#replaceOptimizer].
  public final void replaceModel(Block model) {
    change().model.put(this, author(), model);
  }

  /// Lays another optimizer over the one in force.
  public final void replaceOptimizer(Optimizer optimizer) {
    change().optimizer.put(this, author(), optimizer);
  }

  /// Lays other training data over those in force, from the next training part on.
  public final void replaceTrainData(DataLoader data) {
    change().train.put(this, author(), Optional.of(data));
  }

  /// Lays other validation data over those in force, from the next validation part on.
  public final void replaceValidData(DataLoader data) {
    change().valid.put(this, author(), Optional.of(data));
  }

  /// Runs the model in training mode (dropout drops, batch norm counts) or not, whatever the pass.
  public final void trainingMode(boolean training) {
    change().trainingMode.put(this, author(), Optional.of(training));
  }

  /// Lays a hook around a block of the model in force, over those that lie there already.
  ///
  /// @param block the model itself, or a part of it to which sequential blocks lead; any other
  ///   block runs its parts itself
  /// @throws IllegalArgumentException if it is none; the message names what it is inside of
  public final void hook(Block block, BlockHook hook) {
    Hooks.check(fit().model(), block);
    hook(each -> isSame(each, block), hook);
  }

  @SuppressWarnings("ReferenceEquality") // the very block
  private static boolean isSame(Block some, Block other) {
    return some == other;
  }

  /// Lays a hook around all blocks of some kind, of every model that a batch runs; see
  /// [#hook(Block, BlockHook)] for those that can be reached. A kind that there is not is no error.
  public final void hook(Predicate<Block> which, BlockHook hook) {
    change().hooks.wrap(this, hooks -> hooks.with(which, hook));
  }

  /// Lays a look at what a block of the model in force gives, in training and validation; it lies
  /// there until this scope ends, as a hook does. It changes nothing, so an [Observer] may look
  /// too: one whose look throws is left out of the rest of the run.
  ///
  /// @param block as for [#hook(Block, BlockHook)]
  /// @throws IllegalArgumentException if no hook can be laid around it
  public final void look(Block block, BlockHook.Look look) {
    check();
    Hooks.check(fit().model(), block);
    BlockHook hook = BlockHook.looking(fit().dispatcher().guarded(look));
    fit()
        .learner()
        .parts()
        .hooks
        .wrap(this, hooks -> hooks.with(each -> isSame(each, block), hook));
  }

  /// Keeps what blocks of some kind give, until this scope ends: [Batch#outputs] hands it out.
  ///
  /// @param kind the class of the blocks; as for [#hook(Predicate, BlockHook)], sequential blocks
  ///   lead to them
  public final void keepOutputs(Class<? extends Block> kind) {
    hook(kind::isInstance, BlockHook.looking((batch, _, outputs) -> batch.keep(kind, outputs)));
  }

  /// Sets a hyper-parameter of every group that has it and does not fix it, until this scope ends.
  /// Set again by the same callback, its layer changes in place.
  public final void set(Hyper hyper, double value) {
    change();
    for (ParameterGroup group : fit().optimizer().having(hyper)) {
      if (!group.fixes(hyper)) {
        group.layered(hyper).put(this, author(), value);
      }
    }
  }

  /// Sets a hyper-parameter of one group, until this scope ends.
  public final void set(ParameterGroup group, Hyper hyper, double value) {
    change();
    group.layered(hyper).put(this, author(), value);
  }

  /// Sets a number of a callback, until this scope ends. Set again by the same callback, its layer
  /// changes in place.
  ///
  /// @throws IllegalArgumentException if it is out of range
  public final void set(Tunable tunable, double value) {
    change();
    tunable.layered().put(this, author(), tunable.checked(value));
  }

  /// Adds a callback until this scope ends, as [Learner#add] does during a fit.
  public final void add(Callback callback) {
    change();
    Learner learner = fit().learner();
    learner.add(callback);
    own(() -> learner.remove(callback));
  }

  /// Refuses what an observer, or anyone after the scope's end, tries to change.
  final Parts change() {
    check();
    fit().dispatcher().refuseObserver();
    return fit().learner().parts();
  }

  private Parts declared(Replacement whole) {
    Parts parts = change();
    Callback callback = fit().dispatcher().current();
    if (callback != null && !callback.replaces().contains(whole)) {
      throw new IllegalStateException(
          "callback '%s' replaces %s without declaring it; let replaces() return it"
              .formatted(callback.name(), whole));
    }
    return parts;
  }

  private Object author() {
    Callback current = fit().dispatcher().current();
    return current == null ? fit() : current;
  }

  private void check() {
    if (closed) {
      throw new IllegalStateException(
          "this %s has ended; use the scope that the hook receives"
              .formatted(getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)));
    }
  }

  final void stopped(Outcome stop) {
    outcome = stop;
  }

  /// Notes that a level ran to its end, unless it was stopped.
  final void finished(Level ended) {
    if (ended == level && outcome instanceof Outcome.Running) {
      outcome = new Outcome.Finished();
    }
  }

  /// Notes that a level was cancelled.
  final void cancelled(Level ended, CancelException cancel) {
    if (ended == level) {
      outcome = new Outcome.Cancelled(cancel.who(), cancel.why());
    }
    noteCancel(ended, cancel);
  }

  /// What else a scope remembers of a cancel in it.
  void noteCancel(Level ended, CancelException cancel) {}

  final void undo(Layered<?> layered) {
    layers.add(layered);
  }

  /// Takes the layers off and closes what is owned, all of it, whatever fails.
  ///
  /// @return the first failure, with the others suppressed in it; null if none
  final @Nullable Throwable end(@Nullable Throwable failure) {
    closed = true;
    for (int i = layers.size() - 1; i >= 0; i--) {
      try {
        layers.get(i).release(this);
      } catch (Throwable e) {
        failure = Loop.join(failure, e);
      }
    }
    for (int i = owned.size() - 1; i >= 0; i--) {
      try {
        owned.get(i).close();
      } catch (Throwable e) {
        failure = Loop.join(failure, e);
      }
    }
    if (manager != null) {
      try {
        manager.close();
      } catch (Throwable e) {
        failure = Loop.join(failure, e);
      }
    }
    return failure;
  }
}
