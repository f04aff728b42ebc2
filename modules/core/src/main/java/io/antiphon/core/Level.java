package io.antiphon.core;

/// A level of the loop. Each is entered, left and cancelled by the same rules, see [Event].
public enum Level {
  FIT(Event.BEFORE_FIT, Event.AFTER_CANCEL_FIT, Event.AFTER_FIT, Event.CLEANUP_FIT),
  EPOCH(Event.BEFORE_EPOCH, Event.AFTER_CANCEL_EPOCH, Event.AFTER_EPOCH, Event.CLEANUP_EPOCH),
  TRAIN(Event.BEFORE_TRAIN, Event.AFTER_CANCEL_TRAIN, Event.AFTER_TRAIN, Event.CLEANUP_TRAIN),
  VALIDATE(
      Event.BEFORE_VALIDATE,
      Event.AFTER_CANCEL_VALIDATE,
      Event.AFTER_VALIDATE,
      Event.CLEANUP_VALIDATE),
  BATCH(Event.BEFORE_BATCH, Event.AFTER_CANCEL_BATCH, Event.AFTER_BATCH, Event.CLEANUP_BATCH),
  /// The backward pass of a training batch.
  BACKWARD(
      Event.BEFORE_BACKWARD,
      Event.AFTER_CANCEL_BACKWARD,
      Event.AFTER_BACKWARD,
      Event.CLEANUP_BACKWARD),
  /// The optimizer's step of a training batch.
  STEP(Event.BEFORE_STEP, Event.AFTER_CANCEL_STEP, Event.AFTER_STEP, Event.CLEANUP_STEP);

  private final Event before;
  private final Event afterCancel;
  private final Event after;
  private final Event cleanup;

  Level(Event before, Event afterCancel, Event after, Event cleanup) {
    this.before = before;
    this.afterCancel = afterCancel;
    this.after = after;
    this.cleanup = cleanup;
  }

  /// {@return the event that opens this level}
  public Event before() {
    return before;
  }

  /// {@return the event after a cancel that names this level}
  public Event afterCancel() {
    return afterCancel;
  }

  /// {@return the event after this level finished or was cancelled}
  public Event after() {
    return after;
  }

  /// {@return the event at this level's end, on every way out}
  public Event cleanup() {
    return cleanup;
  }
}
