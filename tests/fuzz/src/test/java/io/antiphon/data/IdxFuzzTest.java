package io.antiphon.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class IdxFuzzTest {
  /// Any bytes are an IDX file, plain or compressed, or are refused in one sentence that names the
  /// file.
  @FuzzTest
  void anyBytesAreIdxOrRefused(byte[] bytes) throws IOException {
    Path file = Path.of("digits.idx").toAbsolutePath();
    Files.write(file, bytes);
    try {
      Idx.read(file).images();
      Idx.read(file).count();
    } catch (DataException e) {
      Refusal.checkHolds(e, file.toString());
    }
  }
}
