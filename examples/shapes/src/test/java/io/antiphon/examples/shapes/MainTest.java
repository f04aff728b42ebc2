package io.antiphon.examples.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @Test
  void pixelsOfDiscsAndSquaresAreToldApart(@TempDir Path folder) throws IOException {
    Path images = folder.resolve("images");
    Path masks = folder.resolve("masks");
    Main.draw(images, masks, 160);
    assertThat(Main.train(images, masks, 3).valid().orElseThrow().metrics().get("accuracy"))
        .isGreaterThan(0.84); // four fifths are neither
  }
}
