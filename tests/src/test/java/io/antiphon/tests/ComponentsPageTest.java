package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page of all components is what the catalog says.
class ComponentsPageTest {
  @TempDir private Path folder;

  @Test
  void thePageOfComponentsIsWhatTheImageLists() throws IOException, InterruptedException {
    Path page = Checkout.root().resolve("docs/components.md");
    String antiphon = Checkout.built().resolve("image/bin/antiphon").toString();
    String listed = Checkout.run(folder, Map.of(), List.of(antiphon, "list", "--markdown")).out();
    if (Boolean.getBoolean("antiphon.pin")) {
      Files.writeString(page, listed);
    }
    assertThat(Files.readString(page))
        .as("docs/components.md; -Dantiphon.pin=true writes it anew")
        .isEqualTo(listed);
  }
}
