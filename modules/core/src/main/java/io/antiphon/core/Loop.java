package io.antiphon.core;

import ai.djl.engine.EngineException;
import io.antiphon.torch.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The training loop. [Event] shows it with every event in place.
final class Loop {
  private final Dispatcher dispatcher;

  Loop(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  void run(Fit fit) {
    try {
      within(Level.FIT, fit, this::epochs);
    } catch (Throwable failure) { // a hook, a loader or a resource may throw anything
      throw unchecked(failure);
    }
  }

  private void epochs(Fit fit) {
    while (fit.hasNext()) {
      within(Level.EPOCH, fit.next(), this::passes);
      fit.settle();
    }
  }

  private void passes(Epoch epoch) {
    if (epoch.trains() && !epoch.isTrained()) {
      within(Level.TRAIN, epoch.train(), this::batches);
    }
    if (epoch.validates()) {
      within(Level.VALIDATE, epoch.validate(), this::batches);
    }
  }

  private void batches(Pass pass) {
    while (pass.hasNext()) {
      within(Level.BATCH, pass.next(), this::batch);
      pass.fit().settle();
    }
  }

  private void batch(Batch batch) {
    for (Turn turn : batch.fit().step().turns()) {
      if (batch.fit().step().takes(batch, turn)) {
        try (var _ = batch.begin(turn)) {
          turn(batch);
        }
      }
    }
  }

  private void turn(Batch batch) {
    // the step is asked for each time: a callback may change it in the middle of a batch
    Fit fit = batch.fit();
    batch.predictions(fit.step().predict(batch, batch.inputs()));
    dispatcher.fire(Event.AFTER_PRED, batch);
    if (fit.step().hasLoss(batch)) {
      batch.loss(fit.step().loss(batch, batch.predictions(), batch.targets()));
      dispatcher.fire(Event.AFTER_LOSS, batch);
      batch.reportLoss();
    }
    if (batch.isTraining()) {
      within(Level.BACKWARD, batch, b -> fit.step().backward(b, b.objective()));
      step(batch);
      fit.step().zeroGrad(batch);
    }
  }

  private void step(Batch batch) {
    Fit fit = batch.fit();
    try {
      within(Level.STEP, batch, b -> b.stepResult(fit.step().step(b)));
    } catch (CancelException cancel) {
      if (batch.isStepped()) {
        fit.step().zeroGrad(batch); // else what was applied would be applied again
      }
      throw cancel;
    }
  }

  /// The one rule of all levels: `BEFORE`, body, on the cancel that names the level `AFTER_CANCEL`,
  /// then `AFTER`, and on every way out `CLEANUP` and the end of the scope's layers and resources.
  private <S extends Scope> void within(Level level, S scope, Consumer<S> body) {
    Throwable failure = null;
    Fit fit = scope.fit();
    fit.opened(level);
    try {
      try {
        dispatcher.open(level, scope);
        body.accept(scope);
        fit.over(level);
        scope.finished(level);
      } catch (CancelException cancel) {
        dispatcher.check(cancel);
        if (cancel.level() != level) {
          throw cancel;
        }
        fit.over(level);
        scope.cancelled(level, cancel);
        dispatcher.fire(level.afterCancel(), scope);
      }
      dispatcher.fire(level.after(), scope);
    } catch (Throwable e) { // checked ones too: Java does not hold everyone to its rule
      failure = e;
    }
    fit.over(level);
    failure = dispatcher.close(level, scope, failure);
    if (scope.level() == level) {
      failure = scope.end(failure);
    }
    Loop.<RuntimeException>rethrow(failure);
  }

  /// {@return the failure to report: the first one, but a real one before a mere cancel}
  static Throwable join(@Nullable Throwable first, Throwable second) {
    if (first == null || first instanceof CancelException) {
      return second;
    }
    if (first != second) {
      first.addSuppressed(second);
    }
    return first;
  }

  /// {@return a failure as whoever calls `fit` may expect it}
  private static RuntimeException unchecked(Throwable failure) {
    return switch (failure) {
      case Error error -> throw error;
      case EngineException engine -> Reason.told(engine);
      case RuntimeException unchecked -> unchecked;
      case IOException io -> new UncheckedIOException(io.getMessage(), io);
      case InterruptedException interrupted -> {
        Thread.currentThread().interrupt(); // all is cleaned up, which it could have disturbed
        yield new IllegalStateException("interrupted", interrupted);
      }
      default -> new IllegalStateException(failure.toString(), failure);
    };
  }

  @SuppressWarnings("unchecked") // thrown on as it came, for the level above
  static <E extends Throwable> void rethrow(@Nullable Throwable failure) throws E {
    if (failure != null) {
      throw (E) failure;
    }
  }
}
