package io.antiphon.core;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

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
    WrittenAgain.check(
        SavedModel.Description.class, new String(bytes, StandardCharsets.UTF_8), "description");
  }
}
