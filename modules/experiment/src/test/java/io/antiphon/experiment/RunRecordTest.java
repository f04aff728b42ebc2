package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.antiphon.core.Row;
import io.antiphon.core.options.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecordTest {
  private static final String SMALL = "data={use: glyphs, train: 16, valid: 8, batch-size: 4}";

  @TempDir Path temporary;

  private Run run(String folder, String... settings) {
    var all = new ArrayList<>(List.of(SMALL, "device=cpu", "fit.epochs=2"));
    all.addAll(List.of(settings));
    Experiment experiment = ExperimentFile.builtIn().with(all, temporary).resolve(Toys.catalog());
    return Run.of(experiment, temporary.resolve(folder), _ -> {});
  }

  @Test
  void readsBackWhatARunWrote() {
    List<Row> rows;
    try (Run run = run("runs/a")) {
      run.train();
      rows = run.rows();
    }
    RunRecord record = RunRecord.read(temporary.resolve("runs/a"));
    assertThat(record.name()).isEqualTo("a");
    assertThat(record.state()).isEqualTo(RunRecord.State.FINISHED);
    assertThat(record.columns()).containsExactly("train_loss", "valid_loss", "accuracy");
    assertThat(record.rows()).hasSameSizeAs(rows);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      Row read = record.rows().get(i);
      assertThat(List.of(read.number(), read.step())).isEqualTo(List.of(row.number(), row.step()));
      assertThat(read.trainLoss()).isEqualTo(row.trainLoss(), offset(1e-6));
      assertThat(read.value("accuracy")).isEqualTo(row.value("accuracy"), offset(1e-6));
    }
    double least = Math.min(rows.get(0).trainLoss(), rows.get(1).trainLoss());
    assertThat(record.best("train_loss", false).orElseThrow().trainLoss())
        .isEqualTo(least, offset(1e-6));
    assertThat(record.directions(Toys.catalog()))
        .containsEntry("accuracy", true)
        .containsEntry("valid_loss", false);
  }

  @Test
  void tellsARunThatGoesOnFromOneThatWasBrokenOffOrStopped() {
    try (Run run = run("going")) {
      assertThat(RunRecord.read(run.folder()).state()).isEqualTo(RunRecord.State.RUNNING);
    }
    assertThat(RunRecord.read(temporary.resolve("going")).state())
        .isEqualTo(RunRecord.State.BROKEN_OFF);
    try (Run run = run("stopped")) {
      run.interrupt();
      run.train();
    }
    Path stopped = temporary.resolve("stopped");
    assertThat(RunRecord.read(stopped).state()).isEqualTo(RunRecord.State.STOPPED);
    Experiment again = ExperimentFile.read(Run.experiment(stopped)).resolve(Toys.catalog());
    try (Run run = Run.resume(again, stopped, _ -> {})) {
      assertThat(RunRecord.read(run.folder()).state()).isEqualTo(RunRecord.State.RUNNING);
    } // as if it was killed
    assertThat(RunRecord.read(stopped).state()).isEqualTo(RunRecord.State.BROKEN_OFF);
    try (Run run = Run.resume(again, stopped, _ -> {})) {
      run.train();
    }
    assertThat(RunRecord.read(stopped).state()).isEqualTo(RunRecord.State.FINISHED);
  }

  /// POSIX lets all locks of a process on a file go when it closes that file, however often it is
  /// open.
  @Test
  void whoeverReadsTheFilesOfARunLeavesItTheRuns() throws Exception {
    String program =
        """
        import java.nio.channels.FileChannel;
        import java.nio.file.*;
        void main(String[] arguments) throws Exception {
          try (var file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
            IO.println(file.tryLock() == null ? "taken" : "free");
          }
        }
        """;
    Path source = Files.writeString(temporary.resolve("Look.java"), program);
    try (Run run = run("run")) {
      assertThat(Files.readString(Run.experiment(run.folder()))).contains("glyphs");
      assertThat(RunRecord.below(temporary).runs()).hasSize(1);
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  source.toString(),
                  run.folder().resolve(".lock").toString())
              .redirectErrorStream(true)
              .start();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(new String(process.getInputStream().readAllBytes())).startsWith("taken");
    }
  }

  @Test
  void findsRunsInFoldersBelowTheOldestFirst() throws IOException {
    for (String folder : List.of("runs/b", "runs/deeper/a", "runs/.hidden/c")) {
      run(folder).close();
    }
    Files.setLastModifiedTime(
        temporary.resolve("runs/deeper/a/experiment.yaml"),
        java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L));
    Files.writeString(
        Files.createDirectory(temporary.resolve("runs/none")).resolve("experiment.yaml"),
        "seed: 1");
    Path torn = temporary.resolve("runs/torn");
    run("runs/torn").close();
    Files.writeString(torn.resolve("metrics.jsonl"), "{\"epoch\": 0}\n");

    Files.createSymbolicLink(temporary.resolve("link"), temporary.resolve("runs"));
    assertThat(RunRecord.below(temporary.resolve("link")).runs())
        .extracting(RunRecord::name)
        .containsExactly("a", "b");

    RunRecord.Found found = RunRecord.below(temporary);
    assertThat(found.runs()).extracting(RunRecord::name).containsExactly("a", "b");
    assertThat(found.bad())
        .singleElement()
        .asString()
        .contains("metrics.jsonl", ":1:", "this line is no epoch's numbers");
    assertThatThrownBy(() -> RunRecord.below(temporary.resolve("nowhere")))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("there is no such folder");
  }

  @Test
  void aLineThatIsStillBeingWrittenIsPassedOver() throws IOException {
    try (Run run = run("run")) {
      run.train();
    }
    Files.writeString(
        temporary.resolve("run/metrics.jsonl"), "{\"epoch\": 2, \"st", StandardOpenOption.APPEND);
    assertThat(RunRecord.read(temporary.resolve("run")).rows()).hasSize(2);
  }

  @Test
  void namesWhatTheExperimentsSayOtherwise() {
    run("one", "fit.lr=0.01", "callbacks=[{ spike: { at: 1 } }, { spike: { at: 2 } }]").close();
    run("other", "fit.lr=0.02", "callbacks=[{ spike: { at: 1 } }]").close();
    List<RunRecord> runs =
        List.of(
            RunRecord.read(temporary.resolve("one")), RunRecord.read(temporary.resolve("other")));
    assertThat(RunRecord.differences(runs))
        .containsEntry("fit.lr", List.of("0.01", "0.02"))
        .containsEntry("callbacks.spike-2.at", List.of("2", ""))
        .doesNotContainKeys("callbacks.spike.at", "seed");
    assertThat(RunRecord.differences(List.of(runs.getFirst(), runs.getFirst()))).isEmpty();
  }
}
