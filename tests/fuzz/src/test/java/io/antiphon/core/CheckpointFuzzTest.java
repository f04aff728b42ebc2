package io.antiphon.core;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

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
    WrittenAgain.check(Progress.class, new String(bytes, StandardCharsets.UTF_8), "progress");
  }
}
