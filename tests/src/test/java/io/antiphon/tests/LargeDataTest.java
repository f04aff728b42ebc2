package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process whose heap is smaller than what it trains on.
class LargeDataTest {
  private static final int SAMPLES = 120_000;
  private static final int WIDTH = 784;
  private static final int EPOCHS = 10;
  private static final long PATIENCE = TimeUnit.MINUTES.toNanos(5);

  @TempDir Path folder;

  @Test
  void memoryStaysAsItIsOverEpochsOfASetThatDoesNotFitTheHeap()
      throws IOException, InterruptedException {
    var random = new Random(5);
    try (OutputStream out = npy("x.npy", SAMPLES + ", " + WIDTH)) {
      var sample = new byte[WIDTH];
      for (int i = 0; i < SAMPLES; i++) {
        random.nextBytes(sample);
        out.write(sample);
      }
    }
    try (OutputStream out = npy("y.npy", SAMPLES + ",")) {
      for (int i = 0; i < SAMPLES; i++) {
        out.write(i % 10);
      }
    }
    Files.writeString(
        folder.resolve("e.yaml"),
        """
        device: cpu
        data: { use: arrays, file: x.npy, targets-file: y.npy, valid: 0.1, batch-size: 1000 }
        model: { use: mlp, hidden: [10] }
        fit: { epochs: %d }
        callbacks: []
        """
            .formatted(EPOCHS));
    Path err = folder.resolve("err");
    var builder =
        new ProcessBuilder(
                Checkout.built().resolve("image/bin/antiphon").toString(),
                "train",
                "e.yaml",
                "--out",
                "run")
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(err.toFile());
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder
        .environment()
        .put("ANTIPHON_JAVA_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx48m");
    Process process = builder.start();
    List<Long> memory = memoryByEpoch(process);
    assertThat(process.waitFor()).as(Files.readString(err)).isZero();
    assertThat(Files.readAllLines(folder.resolve("run/history.csv"))).hasSize(1 + EPOCHS);

    assertThat((long) SAMPLES * WIDTH).as("the data, in bytes").isGreaterThan(48L << 20);
    assertThat(memory).as("kB that no file backs, after each epoch").hasSizeGreaterThan(3);
    // what an epoch of the data would leave behind is more than that
    assertThat(memory.getLast() - memory.get(1)).isLessThan(32 << 10);
  }

  /// {@return what the process has that no file backs, in kB, as its rows appear}
  private List<Long> memoryByEpoch(Process process) throws IOException, InterruptedException {
    Path history = folder.resolve("run/history.csv");
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    var memory = new ArrayList<Long>();
    long from = System.nanoTime();
    int seen = 1;
    while (process.isAlive()) {
      int rows = Files.exists(history) ? Files.readAllLines(history).size() : 0;
      if (rows > seen) {
        seen = rows;
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("RssAnon:"))
            .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .forEach(memory::add);
      }
      if (System.nanoTime() - from > PATIENCE) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + Files.readString(folder.resolve("err")));
      }
      Thread.sleep(5);
    }
    return memory;
  }

  private OutputStream npy(String name, String shape) throws IOException {
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }".formatted(shape);
    String padded = header + " ".repeat(64 - (10 + header.length() + 1) % 64) + "\n";
    var out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(name)));
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(padded.length());
    out.write(0);
    out.write(padded.getBytes(StandardCharsets.ISO_8859_1));
    return out;
  }
}
