package io.antiphon.testkit;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Event;
import io.antiphon.core.Fit;
import io.antiphon.core.Pass;
import io.antiphon.core.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A callback that hears every event: it notes them, and a subclass may do something [#at] each.
public class EventLog implements Callback {
  private final List<Event> events = new ArrayList<>();

  /// Makes an empty log.
  public EventLog() {}

  /// {@return the events that were heard, in order}
  public final List<Event> events() {
    return Collections.unmodifiableList(events);
  }

  /// Called at every event, once it is noted. Does nothing by default.
  protected void at(Event event, Scope scope) {}

  private void note(Event event, Scope scope) {
    events.add(event);
    at(event, scope);
  }

  @Override
  public final void beforeFit(Fit fit) {
    note(Event.BEFORE_FIT, fit);
  }

  @Override
  public final void beforeEpoch(Epoch epoch) {
    note(Event.BEFORE_EPOCH, epoch);
  }

  @Override
  public final void beforeTrain(Pass pass) {
    note(Event.BEFORE_TRAIN, pass);
  }

  @Override
  public final void beforeBatch(Batch batch) {
    note(Event.BEFORE_BATCH, batch);
  }

  @Override
  public final void afterPred(Batch batch) {
    note(Event.AFTER_PRED, batch);
  }

  @Override
  public final void afterLoss(Batch batch) {
    note(Event.AFTER_LOSS, batch);
  }

  @Override
  public final void beforeBackward(Batch batch) {
    note(Event.BEFORE_BACKWARD, batch);
  }

  @Override
  public final void afterCancelBackward(Batch batch) {
    note(Event.AFTER_CANCEL_BACKWARD, batch);
  }

  @Override
  public final void afterBackward(Batch batch) {
    note(Event.AFTER_BACKWARD, batch);
  }

  @Override
  public final void cleanupBackward(Batch batch) {
    note(Event.CLEANUP_BACKWARD, batch);
  }

  @Override
  public final void beforeStep(Batch batch) {
    note(Event.BEFORE_STEP, batch);
  }

  @Override
  public final void afterCancelStep(Batch batch) {
    note(Event.AFTER_CANCEL_STEP, batch);
  }

  @Override
  public final void afterStep(Batch batch) {
    note(Event.AFTER_STEP, batch);
  }

  @Override
  public final void cleanupStep(Batch batch) {
    note(Event.CLEANUP_STEP, batch);
  }

  @Override
  public final void afterCancelBatch(Batch batch) {
    note(Event.AFTER_CANCEL_BATCH, batch);
  }

  @Override
  public final void afterBatch(Batch batch) {
    note(Event.AFTER_BATCH, batch);
  }

  @Override
  public final void cleanupBatch(Batch batch) {
    note(Event.CLEANUP_BATCH, batch);
  }

  @Override
  public final void afterCancelTrain(Pass pass) {
    note(Event.AFTER_CANCEL_TRAIN, pass);
  }

  @Override
  public final void afterTrain(Pass pass) {
    note(Event.AFTER_TRAIN, pass);
  }

  @Override
  public final void cleanupTrain(Pass pass) {
    note(Event.CLEANUP_TRAIN, pass);
  }

  @Override
  public final void beforeValidate(Pass pass) {
    note(Event.BEFORE_VALIDATE, pass);
  }

  @Override
  public final void afterCancelValidate(Pass pass) {
    note(Event.AFTER_CANCEL_VALIDATE, pass);
  }

  @Override
  public final void afterValidate(Pass pass) {
    note(Event.AFTER_VALIDATE, pass);
  }

  @Override
  public final void cleanupValidate(Pass pass) {
    note(Event.CLEANUP_VALIDATE, pass);
  }

  @Override
  public final void afterCancelEpoch(Epoch epoch) {
    note(Event.AFTER_CANCEL_EPOCH, epoch);
  }

  @Override
  public final void afterEpoch(Epoch epoch) {
    note(Event.AFTER_EPOCH, epoch);
  }

  @Override
  public final void cleanupEpoch(Epoch epoch) {
    note(Event.CLEANUP_EPOCH, epoch);
  }

  @Override
  public final void afterCancelFit(Fit fit) {
    note(Event.AFTER_CANCEL_FIT, fit);
  }

  @Override
  public final void afterFit(Fit fit) {
    note(Event.AFTER_FIT, fit);
  }

  @Override
  public final void cleanupFit(Fit fit) {
    note(Event.CLEANUP_FIT, fit);
  }
}
