package io.antiphon.torch;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class SafetensorsFuzzTest {
  /// Any bytes are a safetensors file, whose header can be written and read again, or are refused
  /// in one sentence that names the file.
  @FuzzTest
  void anyBytesAreArraysOrRefused(FuzzedDataProvider data) throws IOException {
    Path file = Path.of("model.safetensors").toAbsolutePath();
    boolean whole = data.consumeBoolean();
    int behind = data.consumeInt(0, 64);
    byte[] bytes = data.consumeRemainingAsBytes();
    Files.write(file, whole ? bytes : framed(bytes, behind));
    try (Safetensors opened = Safetensors.open(file)) {
      opened.names();
    } catch (SafetensorsException e) {
      Refusal.checkHolds(e, file.toString());
    }
    try {
      SafetensorsHeader header = SafetensorsHeader.parse(bytes, behind);
      SafetensorsHeader again = SafetensorsHeader.parse(header.bytes(), behind);
      if (!again.equals(header)) {
        throw new AssertionError(
            "written as " + new String(header.bytes(), StandardCharsets.UTF_8));
      }
    } catch (SafetensorsHeader.Wrong e) {
      Refusal.check(e, "");
    }
  }

  /// {@return a header with its length before it and data behind it}
  private static byte[] framed(byte[] header, int behind) {
    return ByteBuffer.allocate(8 + header.length + behind)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }
}
