package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs whose process is killed at any moment, with no chance to say a word.
///
/// `-Dantiphon.kills=N` kills N times for each kind of data, 5 by default; `-Dantiphon.seed=S`
/// draws the moments of a run before.
class KilledRunTest {
  private static final int KILLS = Integer.getInteger("antiphon.kills", 5);
  private static final long PATIENCE = TimeUnit.MINUTES.toNanos(3);

  private static final String TRAINING =
      """
      optimizer: adam
      fit: { policy: one-cycle, epochs: 3, lr: 1.0e-2 }
      device: cpu
      callbacks:
        - mixup
        - mixed-precision: { type: fp16, init-scale: 1.0e+9, growth-interval: 10 }
        - early-stopping: { patience: 2 }
        - ema
        - save-model: { every: 2 steps }
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"images", "csv"})
  void aRunThatIsKilledAgainAndAgainEndsAsOneThatNeverWas(String data)
      throws IOException, InterruptedException {
    long seed = Long.getLong("antiphon.seed", new Random().nextLong());
    System.out.printf("killed %d times with -Dantiphon.seed=%d%n", KILLS, seed);
    var random = new Random(seed);
    Path file = Files.writeString(folder.resolve("e.yaml"), experiment(data) + TRAINING);

    var whole = new Training("whole", "train", file.toString(), "--out", "whole");
    long begun = whole.awaitBegin();
    whole.awaitEnd();
    long length = System.nanoTime() - begun;
    int kills = 0;
    for (int chain = 0; kills < KILLS; chain++) {
      String name = "run" + chain;
      var training = new Training(name, "train", file.toString(), "--out", name);
      while (kills < KILLS) {
        training.awaitBegin();
        TimeUnit.NANOSECONDS.sleep(random.nextLong(length));
        if (!training.process.isAlive()) {
          break;
        }
        training.process.destroyForcibly().waitFor();
        kills++;
        training = new Training(name, "train", "--resume", name);
      }
      training.awaitEnd();
      assertThat(history(name)).as("history after %d kills", kills).isEqualTo(history("whole"));
      assertThat(training.lastLine()).isEqualTo(whole.lastLine());
      assertThat(folder.resolve(name).resolve("model/weights.safetensors"))
          .as("after %d kills", kills)
          .hasSameBinaryContentAs(folder.resolve("whole/model/weights.safetensors"));
    }
  }

  @Test
  void onAFullDiskAllThatWasSavedStaysAndTheRunEndsAsOneThatHadRoom()
      throws IOException, InterruptedException {
    String large = "{ use: mlp, hidden: [300], dropout: 0.2 }";
    String yaml = experiment("images").replaceFirst("model: .*", "model: " + large);
    Path file = Files.writeString(folder.resolve("e.yaml"), yaml + TRAINING);
    var whole = new Training("whole", "train", file.toString(), "--out", "whole");
    whole.awaitEnd();

    var begun = new Training("run", "train", file.toString(), "--out", "run");
    Path checkpoints = folder.resolve("run/checkpoints");
    while (begun.process.isAlive() && !Files.isDirectory(checkpoints.resolve("step-00000004"))) {
      Thread.sleep(2);
    }
    begun.process.destroyForcibly().waitFor();
    Set<String> saved = names(checkpoints);
    assertThat(saved).isNotEmpty();

    // no file may grow beyond 64 kB: the experiment's rows fit, no checkpoint does
    var full =
        new Training(
            List.of("/bin/sh", "-c", "ulimit -f 128; exec \"$0\" \"$@\""),
            "run",
            "train",
            "--resume",
            "run");
    assertThat(full.process.waitFor()).isEqualTo(1);
    assertThat(Training.said(full.err))
        .contains("File too large")
        .contains("the run's folder lacks the finished model");
    assertThat(names(checkpoints)).isEqualTo(saved);
    assertThat(folder.resolve("run/model")).doesNotExist();

    var again = new Training("run", "train", "--resume", "run");
    again.awaitEnd();
    assertThat(history("run")).isEqualTo(history("whole"));
    assertThat(again.lastLine()).isEqualTo(whole.lastLine());
    assertThat(folder.resolve("run/model/weights.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model/weights.safetensors"));
  }

  private static Set<String> names(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void ctrlCEndsARunAfterItsBatchAndTellsHowItGoesOn() throws IOException, InterruptedException {
    if (ignoresCtrlC()) {
      System.out.println(
          "left out: Ctrl-C is ignored here, as in what a shell starts in the background");
      return;
    }
    Path file =
        Files.writeString(
            folder.resolve("e.yaml"),
            experiment("images")
                + TRAINING
                    .replace("every: 2 steps", "every: 1 epoch")
                    .replace("epochs: 3", "epochs: 40")
                    .replaceFirst("  - early-stopping.*\n", ""));
    var whole = new Training("whole", "train", file.toString(), "--out", "whole");
    whole.awaitEnd();
    var training = new Training("run", "train", file.toString(), "--out", "run");
    training.awaitBegin();
    training.awaitEpoch("run");
    new ProcessBuilder("/bin/sh", "-c", "kill -INT " + training.process.pid()).start().waitFor();
    assertThat(training.process.waitFor()).isEqualTo(130);
    assertThat(Training.said(training.err))
        .contains("antiphon: to go on, antiphon train --resume run");
    var again = new Training("run", "train", "--resume", "run");
    again.awaitEnd();
    assertThat(history("run")).isEqualTo(history("whole"));
    assertThat(again.lastLine()).isEqualTo(whole.lastLine());
  }

  /// {@return whether SIGINT is ignored by this process, and so by those that it starts}
  private static boolean ignoresCtrlC() throws IOException {
    Path status = Path.of("/proc/self/status");
    return Files.exists(status)
        && Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
  }

  @Test
  void stepsThatAreReplayedComeToTheSameWeights() throws IOException, InterruptedException {
    Path file =
        Files.writeString(
            folder.resolve("e.yaml"),
            experiment("csv") + TRAINING.replace("every: 2 steps", "every: 4 steps, keep: 20"));
    new Training("run", "train", file.toString(), "--out", "run").awaitEnd();
    var replay = new Training("replay", "replay", "run", "--step", "6", "--until", "9");
    replay.awaitEnd();
    assertThat(Training.said(replay.out))
        .contains("step 6, epoch 0", "step 9, epoch 0")
        .doesNotContain("step 5, epoch", "step 10, epoch", "OTHER")
        .containsPattern("mixup +inputs .* -> ")
        .containsPattern("one-cycle +lr .* -> ")
        .containsPattern("step +step +skipped: gradients overflowed")
        .contains("replayed from step-00000004, after step 4")
        .contains("the weights of step-00000008 came out again, bit by bit");
    var watch = new Training("watch", "replay", "run", "--step", "2", "--watch", "lr");
    watch.awaitEnd();
    assertThat(Training.said(watch.out))
        .contains("replayed from the beginning")
        .contains(" lr ")
        .doesNotContain("inputs");
  }

  private String experiment(String data) throws IOException {
    var random = new Random(3);
    if (data.equals("csv")) {
      var rows = new StringBuilder("a,b,kind\n");
      for (int i = 0; i < 400; i++) {
        double a = random.nextGaussian();
        double b = random.nextGaussian();
        rows.append("%s,%s,%s\n".formatted(a, i % 9 == 0 ? "" : b, a + b > 0 ? "warm" : "cold"));
      }
      Files.writeString(folder.resolve("t.csv"), rows);
      return """
      data: { use: csv, file: t.csv, target: kind, batch-size: 32 }
      model: { use: tabular, dropout: 0.2 }
      """;
    }
    for (int i = 0; i < 200; i++) {
      Path kind =
          Files.createDirectories(folder.resolve("images/" + (i % 2 == 0 ? "dark" : "light")));
      Files.write(kind.resolve(i + ".bmp"), bitmap(random, i % 2 == 0 ? 90 : 165));
    }
    return """
    data: { use: images, dir: images, batch-size: 16, min-scale: 0.6 }
    model: { use: cnn, channels: [4, 8], dropout: 0.2 }
    """;
  }

  /// {@return a picture of noise, 12 × 12, 24 bits a pixel}
  private static byte[] bitmap(Random random, int brightness) {
    int pixels = 12 * 12 * 3;
    ByteBuffer file = ByteBuffer.allocate(54 + pixels).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'B').put((byte) 'M').putInt(54 + pixels).putInt(0).putInt(54);
    file.putInt(40).putInt(12).putInt(12).putShort((short) 1).putShort((short) 24);
    file.putInt(0).putInt(pixels).putInt(2835).putInt(2835).putInt(0).putInt(0);
    for (int i = 0; i < pixels; i++) {
      file.put((byte) Math.clamp(Math.round(brightness + 60 * random.nextGaussian()), 0, 255));
    }
    return file.array();
  }

  /// {@return the rows, without the time that they took}
  private List<String> history(String run) throws IOException {
    return Files.readAllLines(folder.resolve(run).resolve("history.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  /// A process that trains.
  private final class Training {
    private final Path out;
    private final Path err;
    private final Process process;

    Training(String name, String... arguments) throws IOException {
      this(List.of(), name, arguments);
    }

    /// @param by what runs it
    Training(List<String> by, String name, String... arguments) throws IOException {
      out = folder.resolve(name + ".out");
      err = folder.resolve(name + ".err");
      var command = new ArrayList<>(by);
      command.add(Checkout.built().resolve("image/bin/antiphon").toString());
      command.addAll(List.of(arguments));
      var builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().put("OMP_NUM_THREADS", "1");
      process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    }

    /// Waits until it has told where it runs.
    long awaitBegin() throws IOException, InterruptedException {
      long from = System.nanoTime();
      while (!said(out).contains("run in")) {
        assertThat(process.isAlive() || said(out).contains("run in")).as(said(err)).isTrue();
        expect(System.nanoTime() - from < PATIENCE);
        Thread.sleep(5);
      }
      return System.nanoTime();
    }

    /// Waits until an epoch is over.
    void awaitEpoch(String run) throws IOException, InterruptedException {
      long from = System.nanoTime();
      while (history(run).size() < 2) {
        assertThat(process.isAlive()).as(said(err)).isTrue();
        expect(System.nanoTime() - from < PATIENCE);
        Thread.sleep(2);
      }
    }

    void awaitEnd() throws IOException, InterruptedException {
      expect(process.waitFor(PATIENCE, TimeUnit.NANOSECONDS));
      assertThat(process.exitValue()).as(said(err)).isZero();
    }

    private void expect(boolean inTime) throws IOException {
      if (!inTime) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + said(out) + said(err));
      }
    }

    /// {@return its last numbers, without the time that they took and the folder}
    String lastLine() throws IOException {
      return said(out).lines().toList().getLast().replaceAll(",\"time\".*", "");
    }

    private static String said(Path file) throws IOException {
      return Files.readString(file, StandardCharsets.UTF_8);
    }
  }
}
