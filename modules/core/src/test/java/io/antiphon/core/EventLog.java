package io.antiphon.core;

import java.util.ArrayList;
import java.util.List;

/// Notes every event that it hears.
class EventLog implements Callback {
  final List<Event> events = new ArrayList<>();

  void at(Event event, Scope scope) {
    events.add(event);
  }

  long count(Event event) {
    return events.stream().filter(event::equals).count();
  }

  @Override
  public void beforeFit(Fit fit) {
    at(Event.BEFORE_FIT, fit);
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    at(Event.BEFORE_EPOCH, epoch);
  }

  @Override
  public void beforeTrain(Pass pass) {
    at(Event.BEFORE_TRAIN, pass);
  }

  @Override
  public void beforeBatch(Batch batch) {
    at(Event.BEFORE_BATCH, batch);
  }

  @Override
  public void afterPred(Batch batch) {
    at(Event.AFTER_PRED, batch);
  }

  @Override
  public void afterLoss(Batch batch) {
    at(Event.AFTER_LOSS, batch);
  }

  @Override
  public void beforeBackward(Batch batch) {
    at(Event.BEFORE_BACKWARD, batch);
  }

  @Override
  public void afterCancelBackward(Batch batch) {
    at(Event.AFTER_CANCEL_BACKWARD, batch);
  }

  @Override
  public void afterBackward(Batch batch) {
    at(Event.AFTER_BACKWARD, batch);
  }

  @Override
  public void cleanupBackward(Batch batch) {
    at(Event.CLEANUP_BACKWARD, batch);
  }

  @Override
  public void beforeStep(Batch batch) {
    at(Event.BEFORE_STEP, batch);
  }

  @Override
  public void afterCancelStep(Batch batch) {
    at(Event.AFTER_CANCEL_STEP, batch);
  }

  @Override
  public void afterStep(Batch batch) {
    at(Event.AFTER_STEP, batch);
  }

  @Override
  public void cleanupStep(Batch batch) {
    at(Event.CLEANUP_STEP, batch);
  }

  @Override
  public void afterCancelBatch(Batch batch) {
    at(Event.AFTER_CANCEL_BATCH, batch);
  }

  @Override
  public void afterBatch(Batch batch) {
    at(Event.AFTER_BATCH, batch);
  }

  @Override
  public void cleanupBatch(Batch batch) {
    at(Event.CLEANUP_BATCH, batch);
  }

  @Override
  public void afterCancelTrain(Pass pass) {
    at(Event.AFTER_CANCEL_TRAIN, pass);
  }

  @Override
  public void afterTrain(Pass pass) {
    at(Event.AFTER_TRAIN, pass);
  }

  @Override
  public void cleanupTrain(Pass pass) {
    at(Event.CLEANUP_TRAIN, pass);
  }

  @Override
  public void beforeValidate(Pass pass) {
    at(Event.BEFORE_VALIDATE, pass);
  }

  @Override
  public void afterCancelValidate(Pass pass) {
    at(Event.AFTER_CANCEL_VALIDATE, pass);
  }

  @Override
  public void afterValidate(Pass pass) {
    at(Event.AFTER_VALIDATE, pass);
  }

  @Override
  public void cleanupValidate(Pass pass) {
    at(Event.CLEANUP_VALIDATE, pass);
  }

  @Override
  public void afterCancelEpoch(Epoch epoch) {
    at(Event.AFTER_CANCEL_EPOCH, epoch);
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    at(Event.AFTER_EPOCH, epoch);
  }

  @Override
  public void cleanupEpoch(Epoch epoch) {
    at(Event.CLEANUP_EPOCH, epoch);
  }

  @Override
  public void afterCancelFit(Fit fit) {
    at(Event.AFTER_CANCEL_FIT, fit);
  }

  @Override
  public void afterFit(Fit fit) {
    at(Event.AFTER_FIT, fit);
  }

  @Override
  public void cleanupFit(Fit fit) {
    at(Event.CLEANUP_FIT, fit);
  }
}
