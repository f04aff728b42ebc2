package io.antiphon.examples.wine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir Path folder;

  private Path table;

  @BeforeEach
  void write() throws IOException {
    table = folder.resolve("wine.csv");
    Wines.write(table, 1000, 42);
  }

  @Test
  void theGrapeOfAWineIsTold() {
    Map<String, Double> metrics = Main.grape(table).valid().orElseThrow().metrics();
    assertThat(metrics.get("accuracy")).isGreaterThan(0.95);
  }

  @Test
  void thePriceOfAWineIsToldUpToItsNoise() {
    Map<String, Double> metrics = Main.price(table).valid().orElseThrow().metrics();
    assertThat(metrics.get("mae")).isBetween(1.0, 1.8); // that of the noise is 1.2
  }
}
