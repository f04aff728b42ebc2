package io.antiphon.study;

import com.google.gson.JsonObject;

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
    /// It stopped after the epochs of a rung, or failed and shall be tried again: it can go on.
    PAUSED,
    /// It failed, and stays so unless somebody wants it tried again.
    FAILED
  }

  static Finding of(JsonObject json) {
    return new Finding(
        State.valueOf(json.get("state").getAsString()),
        json.get("epochs").getAsLong(),
        json.get("peak_bytes").getAsLong(),
        json.get("error").getAsString());
  }

  JsonObject json() {
    var json = new JsonObject();
    json.addProperty("state", state.name());
    json.addProperty("epochs", epochs);
    json.addProperty("peak_bytes", peakBytes);
    json.addProperty("error", error);
    return json;
  }

  /// {@return whether a trial has nothing left to do}
  ///
  /// @param until after how many epochs it shall pause
  boolean isDone(long until) {
    return state != State.PAUSED || epochs >= until;
  }
}
