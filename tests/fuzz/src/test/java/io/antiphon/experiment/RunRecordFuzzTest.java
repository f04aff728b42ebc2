package io.antiphon.experiment;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.core.options.OptionException;
import java.nio.file.Path;

class RunRecordFuzzTest {
  private static final String LINE =
      """
      {"epoch":0,"step":4,"train_loss":2.3,"valid_loss":null,"metrics":{"accuracy":0.5},"lr":0.01,\
      "time":1.5,"partial":false}
      """;

  /// Any text is epochs of a run, or is refused in one sentence that names the line.
  @FuzzTest
  void anyTextIsEpochsOrRefusedInItsLine(FuzzedDataProvider data) {
    String text = LINE + data.consumeRemainingAsString() + "\n";
    try {
      if (RunRecord.rows(text, Path.of("metrics.jsonl")).isEmpty()) {
        throw new AssertionError("the first line is an epoch");
      }
    } catch (OptionException e) {
      Refusal.check(e, "metrics.jsonl:");
    }
  }
}
