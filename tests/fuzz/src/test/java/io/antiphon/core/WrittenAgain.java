package io.antiphon.core;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.antiphon.experiment.Refusal;
import java.util.LinkedHashMap;

/// A record in JSON, which is refused in a sentence, or can be written and read again.
final class WrittenAgain {
  private WrittenAgain() {}

  /// @param what what sentences call it
  static <R extends Record> void check(Class<R> type, String text, String what) {
    JsonElement json;
    try {
      json = JsonParser.parseString(text);
    } catch (RuntimeException e) {
      return; // Gson's own matter; what opens a folder is strict
    }
    try {
      R read = read(type, json, what);
      R again = read(type, RecordJson.write(read, what, new LinkedHashMap<>()), what);
      if (!again.equals(read)) {
        throw new AssertionError(read + " was read again as " + again);
      }
    } catch (IllegalArgumentException e) {
      Refusal.check(e, what);
    }
  }

  private static <R extends Record> R read(Class<R> type, JsonElement json, String what) {
    return RecordJson.read(
        type,
        json,
        what,
        _ -> {
          throw new IllegalArgumentException(what + " has no arrays");
        });
  }
}
