package io.antiphon.core;

import org.jspecify.annotations.Nullable;

/// Stops one level of the loop. Thrown by a callback, caught by the loop; no failure.
///
/// The level that it names ends with `AFTER_CANCEL`, `AFTER` and `CLEANUP`; the levels that it
/// crosses on the way end with `CLEANUP` only. Later callbacks do not see the event in which it was
/// thrown.
///
/// A cancel is legal from the `BEFORE` event of the level that it names until that level's body
/// ends. One of a level that is over or not open (batch in `AFTER_BATCH`, step in validation), and
/// any in a `CLEANUP` event, becomes an [IllegalStateException] that names the callback.
public abstract sealed class CancelException extends RuntimeException
    permits CancelFitException,
        CancelEpochException,
        CancelTrainException,
        CancelValidateException,
        CancelBatchException,
        CancelBackwardException,
        CancelStepException {
  private static final long serialVersionUID = 1;

  private final Level level;
  private @Nullable String who;

  CancelException(Level level, String why) {
    super(why, null, false, false); // control flow: no stack trace
    this.level = level;
  }

  /// {@return the level that ends}
  public final Level level() {
    return level;
  }

  /// {@return the name of the callback that threw this; empty until the loop has seen it}
  public final String who() {
    return who == null ? "" : who;
  }

  /// {@return the reason}
  public final String why() {
    return String.valueOf(getMessage());
  }

  final void thrownBy(String name) {
    if (who == null) {
      who = name;
    }
  }
}
