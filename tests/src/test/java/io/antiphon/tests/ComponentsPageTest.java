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
    Map<String, String> utf8 = Map.of("LC_ALL", "C.UTF-8"); // the page is, whoever writes it
    String listed = Checkout.run(folder, utf8, List.of(antiphon, "list", "--markdown")).out();
    if (Boolean.getBoolean("antiphon.pin")) {
      Files.writeString(page, listed);
    }
    assertThat(Files.readString(page))
        .as("docs/components.md; -Dantiphon.pin=true writes it anew")
        .isEqualTo(listed);
  }
}
