package io.antiphon.examples.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void whatWasLearnedFromDrawnDigitsHelpsToReadFewWrittenOnes() {
    String folder = System.getProperty("antiphon.mnist");
    if (folder == null) {
      System.out.println("left out: -Dantiphon.mnist=FOLDER names no folder of written digits");
      return;
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      var main = new Main(manager, Path.of(folder), 42);
      double scratch = main.fromScratch();
      double tuned = main.fineTuned();
      System.out.printf("500 digits from scratch %.4f, fine-tuned %.4f%n", scratch, tuned);
      assertThat(tuned).isGreaterThan(scratch + 0.02);
      assertThat(tuned).isGreaterThan(0.9);
    }
  }
}
