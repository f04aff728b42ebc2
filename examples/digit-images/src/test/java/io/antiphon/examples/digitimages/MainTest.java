package io.antiphon.examples.digitimages;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @Test
  void digitsInFoldersAreRead(@TempDir Path folder) throws IOException {
    String mnist = System.getProperty("antiphon.mnist");
    if (mnist == null) {
      System.out.println("left out: -Dantiphon.mnist=FOLDER names no folder of written digits");
      return;
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      Main.write(manager, Path.of(mnist), folder, 1000);
    }
    try (Stream<Path> classes = Files.list(folder)) {
      assertThat(classes).hasSize(10);
    }
    assertThat(Main.train(folder, 5).valid().orElseThrow().metrics().get("accuracy"))
        .isGreaterThan(0.75);
  }
}
