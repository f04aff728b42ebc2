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

class CheckpointFuzzTest {
  /// Any bytes tell of a checkpoint, or are refused in one sentence that names its folder; so are
  /// those of the progress in it, and what is accepted can be written and read again.
  @FuzzTest
  void anyBytesTellOfACheckpointOrAreRefused(byte[] bytes) throws IOException {
    Path folder = Files.createDirectories(Path.of("checkpoint").toAbsolutePath());
    Files.write(folder.resolve(Checkpoint.MANIFEST), bytes);
    try {
      Checkpoint.of(folder);
      SavedFolder opened = Checkpoint.opened(folder);
      opened.json("progress.json");
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
      Progress progress = RecordJson.read(Progress.class, json, "progress", _ -> noArray());
      JsonElement written = RecordJson.write(progress, "progress", new LinkedHashMap<>());
      Progress again = RecordJson.read(Progress.class, written, "progress", _ -> noArray());
      if (!again.equals(progress)) {
        throw new AssertionError(progress + " was read again as " + again);
      }
    } catch (IllegalArgumentException e) {
      Refusal.check(e, "progress");
    }
  }

  private static <T> T noArray() {
    throw new IllegalArgumentException("progress has no arrays");
  }
}
