package io.antiphon.core;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;

class ModelFuzzTest {
  /// Any bytes tell of a finished model, or are refused in one sentence that names its folder; so
  /// is its description, and what is accepted can be written and read again.
  @FuzzTest
  void anyBytesTellOfAModelOrAreRefused(byte[] bytes) throws IOException {
    Path folder = Files.createDirectories(Path.of("model").toAbsolutePath());
    Files.write(folder.resolve("model.json"), bytes);
    try {
      SavedModel.open(folder);
    } catch (CheckpointException e) {
      Refusal.checkHolds(e, folder.toString());
    }
    read(new String(bytes, StandardCharsets.UTF_8));
  }

  private static void read(String text) {
    JsonElement json;
    try {
      json = JsonParser.parseString(text);
    } catch (RuntimeException e) {
      return; // Gson's own matter; what opens a folder is strict
    }
    try {
      SavedModel.Description description = read(json);
      JsonElement written = RecordJson.write(description, "description", new LinkedHashMap<>());
      if (!read(written).equals(description)) {
        throw new AssertionError(description + " was read again as " + read(written));
      }
    } catch (IllegalArgumentException e) {
      Refusal.check(e, "description");
    }
  }

  private static SavedModel.Description read(JsonElement json) {
    return RecordJson.read(
        SavedModel.Description.class,
        json,
        "description",
        _ -> {
          throw new IllegalArgumentException("description has no arrays");
        });
  }
}
