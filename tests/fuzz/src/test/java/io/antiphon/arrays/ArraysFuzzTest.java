package io.antiphon.arrays;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.data.DataException;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

class ArraysFuzzTest {
  /// Any bytes are arrays of NumPy (`.npy`, `.npz`), of IDX or of safetensors, or are refused in
  /// one sentence that names the file.
  @FuzzTest
  void anyBytesAreArraysOrRefused(byte[] bytes) throws IOException {
    Path file = Path.of("arrays.bin").toAbsolutePath();
    Files.write(file, bytes);
    try {
      for (Supplier<StoredArray> each : ArrayFile.open(file).arrays().values()) {
        var _ = each.get();
      }
    } catch (DataException e) {
      Refusal.checkHolds(e, file.toString());
    }
  }
}
