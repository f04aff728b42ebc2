package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CheckpointException;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.SavedModel;
import io.antiphon.core.options.OptionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
  private static final String SMALL = "data={use: glyphs, train: 16, valid: 8, batch-size: 4}";

  @TempDir Path temporary;

  private static Experiment experiment(String... settings) {
    var all = new ArrayList<>(List.of(SMALL, "device=cpu"));
    all.addAll(List.of(settings));
    return ExperimentFile.builtIn().with(all, Path.of("/folder")).resolve(Toys.catalog());
  }

  private Run run(String... settings) {
    return Run.of(experiment(settings), temporary.resolve("run"), _ -> {});
  }

  private List<String> lines(String file) throws IOException {
    return Files.readAllLines(temporary.resolve("run").resolve(file));
  }

  private static JsonObject json(String line) {
    return JsonParser.parseString(line).getAsJsonObject();
  }

  @Test
  void howManyThreadsThereWereIsInTheRunsExperiment() throws IOException {
    try (Run run = run("fit.epochs=1")) {
      run.train();
    }
    assertThat(lines("experiment.yaml")).contains("threads: 1", "denormals: flush");
    try (Run run = Run.of(experiment("threads=2"), temporary.resolve("two"), _ -> {})) {
      assertThat(run.prepared().learner().threads()).isEqualTo(2);
    }
  }

  @Test
  void metricsAreComputedInTrainingTooIfTheExperimentSaysSo() throws IOException {
    try (Run run = run("fit.epochs=1", "train-metrics=true")) {
      run.train();
      List<String> history = lines("history.csv");
      assertThat(history.getFirst())
          .isEqualTo("epoch,train_loss,valid_loss,train_accuracy,accuracy,time");
      assertThat(history.get(1)).matches("0,[0-9.]+,[0-9.]+,[0-9.]+,[0-9.]+,[0-9.]+");
      assertThat(json(run.summary()).get("train_accuracy").getAsDouble()).isBetween(0.0, 1.0);
    }
    assertThat(lines("experiment.yaml")).contains("train-metrics: true");
  }

  @Test
  void aRunLeavesTheExperimentAndARowPerEpoch() throws IOException {
    var told = new ArrayList<Row>();
    Experiment experiment = experiment("fit.epochs=2", "threads=1");
    try (Run run = Run.of(experiment, temporary.resolve("run"), told::add)) {
      assertThat(run.train().outcome().isFinished()).isTrue();
      assertThat(told).isEqualTo(run.rows()).hasSize(2);

      assertThat(String.join("\n", lines("experiment.yaml")) + "\n").isEqualTo(experiment.yaml());
      List<String> history = lines("history.csv");
      assertThat(history.getFirst()).isEqualTo("epoch,train_loss,valid_loss,accuracy,time");
      assertThat(history).hasSize(3);
      assertThat(history.get(2)).matches("1,[0-9.]+,[0-9.]+,[0-9.]+,[0-9.]+");
      Row last = told.getLast();
      assertThat(last.step()).isEqualTo(8);
      assertThat(last.lr()).isEqualTo(0.005);
      assertThat(last.partial()).isFalse();

      List<String> metrics = lines("metrics.jsonl");
      assertThat(metrics).hasSize(2);
      JsonObject row = json(metrics.get(1));
      assertThat(row.keySet())
          .containsExactly(
              "epoch", "step", "train_loss", "valid_loss", "metrics", "lr", "time", "partial");
      assertThat(row.get("valid_loss").getAsString()).isEqualTo(history.get(2).split(",")[2]);

      JsonObject summary = json(run.summary());
      assertThat(summary.keySet())
          .containsExactly("epoch", "train_loss", "valid_loss", "accuracy", "time", "run");
      assertThat(summary.get("epoch").getAsInt()).isEqualTo(1);
      assertThat(summary.get("train_loss").getAsString()).isEqualTo(history.get(2).split(",")[1]);
      assertThat(summary.get("run").getAsString()).isEqualTo(run.folder().toString());
    }
  }

  @Test
  void theSameExperimentGivesTheSameNumbers() {
    List<String> rows = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      try (Run run = Run.of(experiment(), temporary.resolve(name), _ -> {})) {
        run.train();
        run.rows().forEach(row -> rows.add(row.trainLoss() + " " + row.validLoss()));
      }
    }
    assertThat(rows).hasSize(8);
    assertThat(rows.subList(0, 4)).isEqualTo(rows.subList(4, 8));
  }

  @Test
  void aFailedRunSaysWhereAndKeepsItsPartialRow() throws IOException {
    try (Run run = run("callbacks+={watch: {fail-at: 5}}", "fit.epochs=3")) {
      assertThatThrownBy(run::train)
          .isInstanceOf(RunException.class)
          .hasMessage(
              "training failed: callback 'watcher' failed at AFTER_LOSS (epoch 1, batch 1): it"
                  + " broke");
      assertThat(lines("history.csv")).hasSize(3);
      assertThat(lines("history.csv").get(2)).matches("1,[0-9.]+,,,[0-9.]+");
      assertThat(run.rows().getLast().partial()).isTrue();
      assertThat(json(run.summary()).get("valid_loss")).isEqualTo(JsonNull.INSTANCE);
      JsonObject failed = json(run.summary(new IllegalStateException("it broke")));
      assertThat(failed.get("epoch").getAsInt()).isOne();
      assertThat(failed.get("error").getAsString()).isEqualTo("it broke");
    }
  }

  @Test
  void aRunThatFailsAtOnceHasNoNumbers() throws IOException {
    try (Run run = run("data.width=3")) {
      assertThatThrownBy(run::train)
          .isInstanceOf(RunException.class)
          .hasMessageStartingWith("training failed at epoch 0, batch 0: ")
          .hasMessageNotContaining("\n");
      assertThat(lines("history.csv")).containsExactly("epoch,train_loss,valid_loss,accuracy,time");
      assertThat(run.summary())
          .isEqualTo(
              "{\"epoch\":null,\"train_loss\":null,\"valid_loss\":null,\"accuracy\":null,"
                  + "\"time\":null,\"run\":\"%s\"}",
              run.folder());
      assertThat(run.summary(new RunException("no", new IllegalStateException())))
          .isEqualTo("{\"run\":\"%s\",\"error\":\"no\"}", run.folder());
    }
    assertThat(Run.nothing("it's \"so\"")).isEqualTo("{\"error\":\"it's \\\"so\\\"\"}");
  }

  @Test
  void aCancelledFitKeepsItsRow() throws IOException {
    try (Run run = run("callbacks+={watch: {cancel-at: 6}}", "fit.epochs=3")) {
      assertThat(run.train().outcome()).isEqualTo(new Outcome.Cancelled("watcher", "enough"));
      assertThat(lines("history.csv")).hasSize(3);
    }
  }

  @Test
  void anInterruptedRunEndsAfterTheBatch() throws IOException {
    try (Run run = run("fit.epochs=1000000")) {
      Thread other = Thread.ofPlatform().start(run::interrupt);
      assertThat(run.train().outcome()).isInstanceOf(Outcome.Stopped.class);
      other.join();
      assertThat(run.isInterrupted()).isTrue();
      assertThat(lines("history.csv")).hasSize(run.rows().size() + 1);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aRunLeavesAModelThatScoresAsItDid() throws IOException {
    double scored;
    try (Run run = run("fit.epochs=2")) {
      run.train();
      scored = run.rows().getLast().validLoss();
    }
    Path copy = temporary.resolve("copy");
    Files.move(temporary.resolve("run/model"), copy);
    SavedModel saved = SavedModel.open(copy);
    assertThat(saved.description().epochs()).isEqualTo(2);
    assertThat(saved.description().steps()).isEqualTo(8);
    assertThat(saved.description().scores().get("valid_loss")).isEqualTo(scored);
    Experiment again = ExperimentFile.read(copy.resolve("experiment.yaml")).resolve(Toys.catalog());
    assertThat(again.yaml()).isEqualTo(saved.experiment());
    try (Prepared prepared = again.prepare(temporary.resolve("elsewhere"))) {
      assertThat(saved.description().task()).isEqualTo(prepared.data().task());
      assertThat(prepared.learner().validate().loss()).isNotEqualTo(scored);
      saved.read(prepared.learner().model());
      assertThat(prepared.learner().validate().loss()).isEqualTo(scored);
    }
  }

  @Test
  void aRunThatIsStoppedLeavesWhatItLearned() {
    try (Run run = run("fit.epochs=3", "callbacks+={watch: {cancel-at: 6}}")) {
      assertThat(run.train().outcome().isFinished()).isFalse();
      SavedModel.Description left = SavedModel.open(temporary.resolve("run/model")).description();
      assertThat(left.steps()).isEqualTo(run.rows().getLast().step()).isLessThan(12);
      assertThat(left.scores()).containsEntry("valid_loss", Double.NaN);
    }
    assertThat(temporary.resolve("run/.writing-model")).doesNotExist();
  }

  @Test
  void aDamagedModelIsToldInASentence() throws IOException {
    try (Run run = run("fit.epochs=1")) {
      run.train();
    }
    Path model = temporary.resolve("run/model");
    Files.write(model.resolve("description.json"), new byte[8]);
    assertThatThrownBy(() -> SavedModel.open(model))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("description.json is cut off");
    assertThatThrownBy(() -> SavedModel.open(temporary.resolve("run")))
        .hasMessageContaining("this is no model; it has no model.json");
  }

  @Test
  void aModelThatIsNoneIsToldInASentence() throws IOException {
    try (Run run = run("fit.epochs=1")) {
      run.train();
    }
    Path copy = temporary.resolve("run/model");
    Files.write(copy.resolve("weights.safetensors"), new byte[8]);
    assertThatThrownBy(() -> FinishedModel.open(temporary.resolve("run"), Toys.catalog()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("weights.safetensors is cut off");
    assertThatThrownBy(() -> FinishedModel.open(temporary, Toys.catalog()))
        .hasMessageContaining("this is no model; it has no model.json");
  }

  @Test
  void samplesOfAnotherShapeThanThoseForTrainingAreRefusedByTheirFile() throws IOException {
    try (Run run = run("fit.epochs=1")) {
      run.train();
    }
    try (FinishedModel model = FinishedModel.open(temporary.resolve("run"), Toys.catalog())) {
      assertThat(model.read(Path.of("some/4")).samples()).isEqualTo(1);
      assertThatThrownBy(() -> model.read(Path.of("some/5")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("some/5 has samples of [5], but the model was trained on samples of [4]");
    }
  }

  private static List<String> withoutTime(List<Row> rows) {
    return rows.stream().map(row -> row.number() + " " + row.step() + " " + row.cells()).toList();
  }

  private List<String> historyWithoutTime(String run) throws IOException {
    return Files.readAllLines(temporary.resolve(run).resolve("history.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  private void interrupted(int epochs, int after) {
    try (Run run =
        Run.of(
            experiment("fit.epochs=" + epochs, "callbacks=[keep]"),
            temporary.resolve("run"),
            _ -> {})) {
      run.prepared()
          .learner()
          .add(
              new Callback() {
                @Override
                public void afterBatch(Batch batch) {
                  if (batch.fit().learner().stepsDone() == after) {
                    run.interrupt();
                  }
                }
              });
      run.train();
      assertThat(run.isResumable()).isTrue();
    }
  }

  @Test
  void aRunThatWasInterruptedGoesOnAndEndsAsOneThatWasNot() throws IOException {
    List<String> rows;
    try (Run run =
        Run.of(
            experiment("fit.epochs=3", "callbacks=[keep]"),
            temporary.resolve("straight"),
            _ -> {})) {
      run.train();
      rows = withoutTime(run.rows());
    }
    interrupted(3, 5);
    assertThat(lines("history.csv")).hasSize(3); // the second epoch is cut short
    var told = new ArrayList<Row>();
    Experiment own =
        ExperimentFile.read(Run.experiment(temporary.resolve("run"))).resolve(Toys.catalog());
    try (Run run = Run.resume(own, temporary.resolve("run"), told::add)) {
      assertThat(run.resumedFrom().orElseThrow().steps()).isEqualTo(6);
      assertThat(run.badCheckpoints()).isEmpty();
      assertThat(lines("history.csv")).hasSize(2);
      assertThatThrownBy(() -> Run.resume(own, temporary.resolve("run"), told::add))
          .isInstanceOf(OptionException.class)
          .hasMessageContaining("that of a run that is still going on");
      assertThat(run.train().outcome().isFinished()).isTrue();
      assertThat(withoutTime(run.rows())).isEqualTo(rows);
      assertThat(told).hasSize(2);
      assertThat(lines("metrics.jsonl")).hasSize(3);
    }
    assertThat(historyWithoutTime("run")).isEqualTo(historyWithoutTime("straight"));
  }

  @Test
  void theNewestWholeCheckpointIsTakenAndTheOthersAreNamed() throws IOException {
    interrupted(2, 5);
    Path checkpoints = temporary.resolve("run/checkpoints");
    Files.write(checkpoints.resolve("step-0006/state.json"), new byte[3]);
    Files.delete(checkpoints.resolve("step-0005/checkpoint.json"));
    Experiment own =
        ExperimentFile.read(Run.experiment(temporary.resolve("run"))).resolve(Toys.catalog());
    try (Run run = Run.resume(own, temporary.resolve("run"), _ -> {})) {
      assertThat(run.resumedFrom().orElseThrow().steps()).isEqualTo(4);
      assertThat(run.badCheckpoints())
          .hasSize(2)
          .anyMatch(bad -> bad.contains("step-0006: state.json is cut off"))
          .anyMatch(bad -> bad.contains("step-0005: this is no checkpoint"));
    }
  }

  @Test
  void aRunWithoutACheckpointBeginsAgainAndAFolderThatIsNoRunsIsRefused() throws IOException {
    try (Run run = run("fit.epochs=2")) {
      run.train();
      assertThat(run.isResumable()).isFalse();
    }
    Experiment own =
        ExperimentFile.read(Run.experiment(temporary.resolve("run"))).resolve(Toys.catalog());
    try (Run run = Run.resume(own, temporary.resolve("run"), _ -> {})) {
      assertThat(run.resumedFrom()).isEmpty();
      run.train();
      assertThat(lines("history.csv")).hasSize(3);
    }
    assertThatThrownBy(() -> Run.experiment(temporary))
        .hasMessage(temporary + ": this is no run's folder; it has no experiment.yaml");
    assertThatThrownBy(() -> Run.experiment(temporary.resolve("nothing")))
        .hasMessageEndingWith("nothing: there is no such folder of a run");
  }

  @Test
  void lossesThatAreNoNumbersAreNull() throws IOException {
    try (Run run = run("optimizer.lr=1e30", "fit.epochs=2")) {
      run.train();
      assertThat(lines("history.csv").get(2)).matches("1,,,[0-9.]+,[0-9.]+");
      assertThat(json(run.summary()).get("train_loss")).isEqualTo(JsonNull.INSTANCE);
    }
  }

  @Test
  void withoutValidationDataItsCellsAreEmpty() throws IOException {
    try (Run run = run("data.valid=0", "fit.epochs=1")) {
      run.train();
      assertThat(lines("history.csv").get(1)).matches("0,[0-9.]+,,,[0-9.]+");
    }
  }

  @Test
  void aReaderThatFailsEndsNothing() throws IOException {
    try (Run run =
        Run.of(
            experiment("fit.epochs=2"),
            temporary.resolve("run"),
            _ -> {
              throw new IllegalStateException("no ears (this warning is part of a test)");
            })) {
      run.train();
      assertThat(run.rows()).hasSize(2);
      assertThat(lines("history.csv")).hasSize(3);
    }
  }

  @Test
  void aFolderThatHoldsSomethingIsRefused() throws IOException {
    Files.writeString(temporary.resolve("file"), "");
    assertThatThrownBy(() -> Run.of(experiment(), temporary, _ -> {}))
        .isInstanceOf(OptionException.class)
        .hasMessage(temporary + ": the run's folder is not empty; name another one, or empty it");
    assertThatThrownBy(() -> Run.of(experiment(), temporary.resolve("file"), _ -> {}))
        .hasMessage(temporary.resolve("file") + ": the run's folder is a file; name another one");
  }

  @Test
  void ofManyRunsThatWantAFolderOneHasIt() throws Exception {
    Experiment experiment = experiment("fit.epochs=1");
    for (boolean there : new boolean[] {false, true}) {
      Path folder = temporary.resolve("wanted-" + there);
      if (there) {
        Files.createDirectory(folder);
      }
      var refusals = new ArrayList<String>();
      for (Optional<String> refusal : together(8, () -> RunFolder.take(folder, experiment))) {
        refusal.ifPresent(refusals::add);
      }
      assertThat(refusals)
          .hasSize(7)
          .allMatch(why -> why.startsWith(folder + ": the run's folder is "))
          .allMatch(why -> why.contains("not empty") || why.contains("taken by another run"));
      assertThat(folder.resolve("experiment.yaml")).hasContent(experiment.yaml());
    }
  }

  @Test
  void runsThatBeginInTheSameSecondCountOn() throws Exception {
    Experiment experiment = experiment("name=many");
    assertThat(together(8, () -> RunFolder.takeNew(temporary, experiment)))
        .allMatch(Optional::isEmpty);
    try (Stream<Path> runs = Files.list(temporary.resolve("runs"))) {
      assertThat(runs).hasSize(8);
    }
  }

  /// {@return what each of some threads that take a folder at the same time is told, if anything}
  private static List<Optional<String>> together(int threads, Runnable take) throws Exception {
    var start = new CountDownLatch(1);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      var told = new ArrayList<Future<Optional<String>>>();
      for (int i = 0; i < threads; i++) {
        told.add(
            pool.submit(() -> {
              start.await();
              try {
                take.run();
                return Optional.empty();
              } catch (OptionException e) {
                return Optional.of(String.valueOf(e.getMessage()));
              }
            }));
      }
      start.countDown();
      var all = new ArrayList<Optional<String>>();
      for (Future<Optional<String>> each : told) {
        all.add(each.get());
      }
      return all;
    }
  }

  @Test
  void rowsThatTheDiskDidNotTakeComeWithTheNextOnes() throws IOException {
    Path history = temporary.resolve("run/history.csv");
    Path aside = temporary.resolve("aside");
    Consumer<Row> reader =
        row -> {
          try {
            if (row.number() == 0) {
              Files.move(history, aside);
              Files.createSymbolicLink(history, Path.of("/dev/full"));
            } else if (row.number() == 2) {
              Files.delete(history);
              Files.move(aside, history);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    try (Run run = Run.of(experiment("fit.epochs=4"), temporary.resolve("run"), reader)) {
      assertThat(run.train().outcome().isFinished()).isTrue();
    }
    assertThat(lines("history.csv"))
        .hasSize(5)
        .extracting(line -> line.split(",", -1)[0])
        .containsExactly("epoch", "0", "1", "2", "3");
    assertThat(lines("metrics.jsonl")).hasSize(4);
  }

  @Test
  void whatTheDiskNeverTookIsToldAtTheEnd() throws IOException {
    Path history = temporary.resolve("run/history.csv");
    Consumer<Row> reader =
        row -> {
          try {
            if (row.number() == 0) {
              Files.delete(history);
              Files.createSymbolicLink(history, Path.of("/dev/full"));
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    try (Run run = Run.of(experiment("fit.epochs=3"), temporary.resolve("run"), reader)) {
      assertThatThrownBy(run::train)
          .isInstanceOf(RunException.class)
          .hasMessageStartingWith("the run's folder lacks ")
          .hasMessageEndingWith("'%s' cannot be used: No space left on device", history);
      assertThat(run.rows()).hasSize(3);
    }
    assertThat(history.toRealPath()).hasToString("/dev/full");
  }

  @Test
  void aFolderThatIsRemovedIsToldAndTheTrainingGoesOn() {
    Path folder = temporary.resolve("run");
    Consumer<Row> reader =
        row -> {
          if (row.number() == 0) {
            for (String file :
                List.of("history.csv", "metrics.jsonl", "experiment.yaml", ".lock", "")) {
              assertThat(folder.resolve(file).toFile().delete()).isTrue();
            }
          }
        };
    try (Run run = Run.of(experiment("fit.epochs=3"), folder, reader)) {
      assertThatThrownBy(run::train)
          .hasMessage(
              "the run's folder lacks the last 2 epochs: '%s' does not exist",
              folder.resolve("history.csv"));
      assertThat(run.rows()).hasSize(3);
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void aLineThatWasCutIsCutBackBeforeTheNextTry() throws IOException {
    Path file = temporary.resolve("lines");
    var lines = new GrowingFile(file);
    lines.add("one");
    lines.write();
    lines.add("two");
    lines.write();
    assertThat(file).hasContent("one\ntwo\n");
    Files.delete(file);
    lines.add("three");
    lines.write();
    assertThat(file).hasContent("one\ntwo\nthree\n");
    Files.writeString(file, "somebody's own\n", StandardOpenOption.APPEND);
    lines.add("four");
    lines.write();
    assertThat(file).hasContent("one\ntwo\nthree\nsomebody's own\nfour\n");
  }

  @Test
  void whatCannotBeMadeLeavesNoFolder() {
    assertThatThrownBy(() -> run("data.dir=nowhere"))
        .isInstanceOf(OptionException.class)
        .hasMessage("--set " + SMALL + ": data 'glyphs': there is no folder nowhere");
    assertThatThrownBy(() -> run("metrics+=accuracy"))
        .hasMessage(
            "--set metrics+=accuracy: metric 'accuracy': there is a metric named 'accuracy' already");
    assertThat(temporary.resolve("run")).doesNotExist();
  }

  @Test
  void callbacksThatDoNotFitTogetherAreRefusedBeforeAnythingRuns() {
    assertThatThrownBy(() -> run("callbacks=[{watch: {owns: true}}, {watch: {owns: true}}]"))
        .isInstanceOf(OptionException.class)
        .hasMessageStartingWith("--set callbacks=[")
        .hasMessageContaining("the loss function");
    assertThat(temporary.resolve("run")).doesNotExist();
  }

  @Test
  void whatThePolicyBringsIsInThePlanAndInItsConflicts() {
    try (Prepared prepared = experiment("fit=twice").prepare(temporary)) {
      assertThat(prepared.explain())
          .containsPattern("owner-two  order 0, replaces \\[the loss function\\]")
          .containsPattern("AFTER_LOSS +.*owner-two");
      assertThat(prepared.learner().callbacks()).isEmpty();
      assertThat(prepared.fit().outcome().isFinished()).isTrue();
    }
    assertThatThrownBy(
            () -> run("fit=twice", "callbacks+=watch", "callbacks+={watch: {owns: true}}"))
        .isInstanceOf(OptionException.class)
        .hasMessage(
            "--set callbacks+={watch: {owns: true}}: callbacks 'watcher' and 'owner-one' both replace"
                + " the loss function; leave one of them out");
    assertThatThrownBy(() -> run("fit={policy: twice, least: 2}"))
        .hasMessage("--set fit={policy: twice, least: 2}: policy 'twice': least is 2, too much");
    assertThatThrownBy(() -> run("fit.epochs=0.1 epochs"))
        .hasMessage(
            "--set fit.epochs=0.1 epochs: policy 'fit': epochs is 0.1 epochs, which is no training"
                + " step: an epoch has 4; at least 1 step");
    assertThat(temporary.resolve("run")).doesNotExist();
  }

  @Test
  void partsSplitTheModel() {
    try (Prepared prepared =
        experiment("parts=halves", "model.channels=[3]", "fit={policy: twice, least: 2}")
            .prepare(temporary)) {
      assertThat(prepared.explain())
          .contains("use: halves", "\n  parts: first, others\n", "  first ", "  others ");
    }
    assertThatThrownBy(() -> run("parts={halves: {at: 7}}", "fit.epochs=1"))
        .isInstanceOf(OptionException.class)
        .hasMessage(
            "--set parts={halves: {at: 7}}: splitter 'halves': at is 7, behind the last layer");
  }

  @Test
  void theModulesOfAnExperimentAreThoseOfItsComponents() {
    assertThat(experiment().modules()).containsExactly("io.antiphon.experiment");
  }

  @Test
  void aDeviceThatIsNotThereIsToldSo() {
    Assumptions.assumeTrue(Engine.getInstance().getGpuCount() == 0, "this machine has a GPU");
    assertThatThrownBy(() -> run("device=gpu0"))
        .isInstanceOf(OptionException.class)
        .hasMessage(
            "--set device=gpu0: device: gpu0: libtorch sees no GPU on this machine; use cpu or auto");
  }

  @Test
  void anyNameMakesAFolder() {
    for (String[] each :
        new String[][] {
          {"..", "run"}, {"名", "run"}, {"-a/../b-", "a-..-b"}, {"x".repeat(300), "x".repeat(100)}
        }) {
      assertThat(Run.propose(temporary, experiment("name='" + each[0] + "'")).getFileName())
          .asString()
          .matches(each[1] + "-\\d{8}-\\d{6}");
    }
  }

  @Test
  void whereNoFolderCanBeMadeThatIsSaid() throws IOException {
    Files.writeString(temporary.resolve("runs"), "");
    Files.createSymbolicLink(temporary.resolve("link"), temporary.resolve("nowhere"));
    assertThatThrownBy(() -> RunFolder.takeNew(temporary, experiment()))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("cannot be written");
    assertThatThrownBy(() -> RunFolder.take(temporary.resolve("link/run"), experiment()))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("cannot be written");
  }

  @Test
  void aFinishedModelIsOfNoMachine() {
    Experiment finished = experiment("device=gpu3", "threads=2").finished(Optional.empty());
    assertThat(finished.yaml()).contains("device: auto\n", "threads: auto\n");
    assertThat(experiment("device=cpu").finished(Optional.empty()).yaml()).contains("device: cpu");
  }

  @Test
  void aModelIsOpenedWithoutTheCallbacksOfItsRun() throws IOException {
    try (Run run = run("fit.epochs=1")) {
      run.train();
    }
    Path written = temporary.resolve("run/experiment.yaml");
    Files.writeString(
        written, Files.readString(written).replaceFirst("(?m)^callbacks:.*", "callbacks: [mine]"));
    try (FinishedModel model = FinishedModel.open(temporary.resolve("run"), Toys.catalog())) {
      assertThatThrownBy(model::validData).hasMessageContaining("there is no callback 'mine'");
    }
    Files.move(temporary.resolve("run/model"), temporary.resolve("run/.former-model"));
    FinishedModel.open(temporary.resolve("run"), Toys.catalog()).close();
  }

  @Test
  void proposedFoldersCarryNameAndTime() {
    assertThat(Run.propose(temporary, experiment("name='My Run: 1'")).toString())
        .startsWith(temporary.resolve("runs").toString())
        .matches(".*/my-run-1-\\d{8}-\\d{6}");
  }

  @Test
  void callbacksWriteInTheRunsFolder() {
    try (Run run = run("callbacks+=watch", "callbacks+={watch: {log: own}}")) {
      assertThat(run.prepared().learner().callbacks())
          .filteredOn(Toys.Watcher.class::isInstance)
          .extracting(callback -> ((Toys.Watcher) callback).options().log())
          .containsExactly(temporary.resolve("run/log"), Path.of("/folder/own"));
    }
  }

  @Test
  void whatIsMadeIsClosed() {
    Run run = run("fit.epochs=1");
    run.train();
    assertThat(run.prepared().learner().manager().isOpen()).isTrue();
    run.close();
    assertThat(run.prepared().learner().manager().isOpen()).isFalse();
  }

  @Test
  void thePlanNamesDataLayersStepsAndCallbacks() {
    try (Prepared prepared =
        experiment("model.channels=[3]", "callbacks+=watch").prepare(temporary)) {
      assertThat(prepared.explain())
          .contains("training    16 samples in 4 batches")
          .contains("validation  8 samples in 2 batches")
          .contains("Model on cpu")
          .containsPattern("01Linear +\\[4, 3\\] +15")
          .containsPattern("02Linear +\\[4, 1\\] +4")
          .contains("19 parameters, 19 of them trained")
          .contains("4 epochs of 4 steps: 16 steps")
          .contains("watcher");
    }
  }

  @Test
  void numbersAreTheSameInEveryFile() {
    assertThat(Numbers.text(0.1f)).isEqualTo("0.1");
    assertThat(Numbers.text(1)).isEqualTo("1");
    assertThat(Numbers.text(1_234_567_890)).isEqualTo("1234568000");
    assertThat(Numbers.text(1e-30)).isEqualTo("1E-30");
    assertThat(Numbers.text(-0.0)).isEqualTo("0");
    assertThat(Numbers.text(Double.NaN)).isEmpty();
    assertThat(Numbers.text(Double.POSITIVE_INFINITY)).isEmpty();
    assertThat(
            JsonParser.parseString("[" + Numbers.text(3.4e38) + "]")
                .getAsJsonArray()
                .get(0)
                .getAsDouble())
        .isEqualTo(3.4e38);
  }
}
