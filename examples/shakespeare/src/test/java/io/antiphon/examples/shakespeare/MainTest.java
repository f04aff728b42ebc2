package io.antiphon.examples.shakespeare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @Test
  void aTextIsLearned(@TempDir Path folder) throws IOException {
    String text = System.getProperty("antiphon.shakespeare");
    if (text == null) {
      System.out.println("left out: -Dantiphon.shakespeare=FILE names no text");
      return;
    }
    Path beginning = folder.resolve("beginning.txt");
    Files.writeString(beginning, Files.readString(Path.of(text)).substring(0, 120_000));
    assertThat(Main.train(beginning, 1).valid().orElseThrow().metrics().get("perplexity"))
        .isLessThan(25); // of some 60 characters
  }
}
