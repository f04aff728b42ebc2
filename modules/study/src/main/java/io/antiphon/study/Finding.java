package io.antiphon.study;

/// How a trial is, written when its process ends.
///
/// @param state whether it is over
/// @param epochs how many epochs it has done
/// @param peakBytes the most memory that its process had resident, in bytes; 0 where the system
///   does not tell
/// @param error why it failed, a sentence; empty if it did not
record Finding(State state, long epochs, long peakBytes, String error) {
  /// How far a trial is.
  enum State {
    /// It ran to its end.
    FINISHED,
    /// It stopped after the epochs of a rung, and can go on.
    PAUSED,
    /// It failed, and stays so.
    FAILED
  }

  /// {@return whether a trial has nothing left to do}
  ///
  /// @param until after how many epochs it shall pause
  boolean isDone(long until) {
    return state != State.PAUSED || epochs >= until;
  }
}
