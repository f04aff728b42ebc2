package io.antiphon.core;

/// How a level ended.
public sealed interface Outcome {
  /// It has not ended.
  record Running() implements Outcome {}

  /// It ran to its end.
  record Finished() implements Outcome {}

  /// It was closed early, but normally, by [Fit#stopAfter].
  record Stopped(String who, String why) implements Outcome {}

  /// It was ended by a [CancelException].
  record Cancelled(String who, String why) implements Outcome {}

  /// {@return whether it ran to its end}
  default boolean isFinished() {
    return this instanceof Finished;
  }
}
