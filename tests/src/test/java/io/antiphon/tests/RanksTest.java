package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Processes that a real launcher starts train one model. Where a launcher is missing, that is said
/// and left out.
class RanksTest {
  private static final String TRAINING =
      """
      data: { use: glyphs, train: 320, valid: 96, batch-size: 32 }
      model: { use: mlp, hidden: [16] }
      optimizer: adam
      device: cpu
      """;

  @TempDir Path folder;

  private Path file;

  /// A job, and the processes of the image in it.
  private record Job(Process process, Path said) {
    List<ProcessHandle> ranks() {
      return process
          .descendants()
          .filter(each -> each.info().command().orElse("").endsWith("/image/bin/java"))
          .toList();
    }

    int end() throws IOException, InterruptedException {
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + text());
      }
      return process.exitValue();
    }

    String text() throws IOException {
      return Files.readString(said, StandardCharsets.UTF_8);
    }
  }

  @BeforeEach
  void write() throws IOException {
    String fit = "fit: { policy: one-cycle, epochs: 3, lr: 1.0e-2 }\n";
    file = Files.writeString(folder.resolve("e.yaml"), TRAINING + fit);
  }

  /// @param launcher what starts two processes; empty for one alone
  private Job start(String launcher, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    if (!launcher.isEmpty()) {
      Path program = Path.of("/usr/bin", launcher);
      if (!Files.isExecutable(program)) {
        System.out.println("There is no " + program + ": what it starts is not tested");
      }
      assumeTrue(Files.isExecutable(program));
      command.addAll(List.of(program.toString(), "-n", "2"));
      if (launcher.contains("openmpi")) {
        command.addAll(List.of("--oversubscribe", "--bind-to", "none"));
      }
    }
    command.add(Checkout.built().resolve("image/bin/antiphon").toString());
    command.addAll(List.of(arguments));
    if (!launcher.isEmpty() && !List.of(arguments).contains("--resume")) {
      command.addAll(List.of("--set", "cluster={use: mpi, timeout: 60s}"));
    }
    Path said = Files.createTempFile(folder, "job", ".txt");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "OMP_NUM_THREADS", "1",
                "OMPI_ALLOW_RUN_AS_ROOT", "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"));
    return new Job(builder.start(), said);
  }

  private void run(String launcher, String... arguments) throws Exception {
    Job job = start(launcher, arguments);
    assertThat(job.end()).as(job.text()).isZero();
  }

  private List<String[]> history(String run) throws IOException {
    Path rows = folder.resolve(run).resolve("history.csv");
    return Files.exists(rows)
        ? Files.readAllLines(rows).stream().skip(1).map(row -> row.split(",")).toList()
        : List.of();
  }

  private static Stream<String> files(Path run) throws IOException {
    try (Stream<Path> all = Files.walk(run)) {
      return all.map(each -> run.relativize(each).toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpiexec.mpich"})
  void theyTrainWhatOneProcessTrainsAndOneOfThemWrites(String launcher) throws Exception {
    run(launcher, "train", file.toString(), "--out", "two");
    run("", "train", file.toString(), "--out", "one");
    List<String[]> one = history("one");
    List<String[]> two = history("two");
    assertThat(two).hasSameSizeAs(one).hasSize(3);
    for (int epoch = 0; epoch < one.size(); epoch++) {
      for (int column = 0; column < one.get(epoch).length - 1; column++) { // the last one is time
        assertThat(Double.parseDouble(two.get(epoch)[column]))
            .isCloseTo(Double.parseDouble(one.get(epoch)[column]), within(1e-4));
      }
    }
    assertThat(files(folder.resolve("two")))
        .containsExactlyElementsOf(files(folder.resolve("one")).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpiexec.mpich"})
  void allEndWhereALossIsNotANumber(String launcher) throws Exception {
    String[] arguments = {
      "train",
      file.toString(),
      "--set",
      "optimizer={use: sgd, lr: 1e30}",
      "--set",
      "fit={use: fit, epochs: 2}",
      "--set",
      "callbacks+=terminate-on-nan"
    };
    Job one = start("", arguments);
    Job two = start(launcher, arguments);
    assertThat(one.end()).as(one.text()).isZero();
    assertThat(two.end()).as(two.text()).isZero();
    String stopped = one.text().lines().filter(line -> line.contains("NaN")).findFirst().get();
    assertThat(two.text()).containsOnlyOnce(stopped);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpiexec.mpich"})
  void whereOneIsKilledNobodyIsLeftAndTheRunGoesOnAsIfNothingHadBeen(String launcher)
      throws Exception {
    String[] more = {"--set", "fit.epochs=20", "--set", "callbacks+=save-model"};
    run(launcher, and(more, "train", file.toString(), "--out", "whole"));
    Job job = start(launcher, and(more, "train", file.toString(), "--out", "killed"));
    while (history("killed").size() < 2) {
      assertThat(job.process().isAlive()).as(job.text()).isTrue();
      Thread.sleep(2);
    }
    List<ProcessHandle> ranks = job.ranks();
    assertThat(ranks).hasSize(2);
    ranks.getLast().destroyForcibly();
    assertThat(job.end()).isNotZero();
    for (ProcessHandle rank : ranks) {
      rank.onExit().get(1, TimeUnit.MINUTES);
    }
    run(launcher, "train", "--resume", "killed");
    assertThat(history("killed"))
        .usingElementComparator(RanksTest::compareWithoutTime)
        .isEqualTo(history("whole"));
  }

  private static String[] and(String[] more, String... first) {
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
  }

  private static int compareWithoutTime(String[] some, String[] others) {
    return String.join(",", List.of(some).subList(0, some.length - 1))
        .compareTo(String.join(",", List.of(others).subList(0, others.length - 1)));
  }
}
