package io.antiphon.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.antiphon.cli.Main;
import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.RunRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Studies of tiny trainings, each trial in a process of its own.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StudyTest {
  private static final String EXPERIMENT =
      """
      name: tiny
      seed: 3
      device: cpu
      data: { use: glyphs, train: 96, valid: 64, batch-size: 32 }
      model: { use: mlp, hidden: [16] }
      optimizer: { use: adam, lr: 1.0e-2 }
      fit: { policy: one-cycle, epochs: 4, lr: 1.0e-2 }
      metrics: [accuracy]
      callbacks:
        - gradient-clip: { bound: 0.1 }
      """;

  @TempDir Path folder;

  private Path file;

  private record Said(int code, String out, String err) {}

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("tiny.yaml"), EXPERIMENT);
  }

  private static Said antiphon(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            arguments);
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void anAblationTellsWhatACallbackBrings() throws IOException {
    Path study = folder.resolve("study");
    Said said =
        antiphon(
            "ablate",
            file.toString(),
            "--seeds",
            "2",
            "--out",
            study.toString(),
            "--set",
            "fit.epochs=1");
    assertThat(said.err()).isEmpty();
    assertThat(said.code()).isZero();
    assertThat(said.out())
        .contains("4 trials: everything, without gradient-clip, each with 2 seeds")
        .contains("2 of 4: without gradient-clip, seed 3: accuracy ")
        .contains("## accuracy (more is better)", "## valid_loss (less is better)")
        .containsPattern("\\| without gradient-clip +\\| +[0-9.]+ \\|")
        .contains("Wilcoxon's p cannot be below 0.5 however clear");
    JsonObject json = read(study.resolve("ablation.json"));
    JsonObject accuracy = json.getAsJsonArray("metrics").get(1).getAsJsonObject();
    JsonObject without = accuracy.getAsJsonArray("variants").get(0).getAsJsonObject();
    assertThat(without.getAsJsonArray("values").size()).isEqualTo(2);
    assertThat(without.get("pairs").getAsInt()).isEqualTo(2);
    assertThat(Files.readString(study.resolve("ablation.html"))).contains("<svg", "uPlot");
    assertThat(Files.readAllLines(study.resolve("ablation.csv"))).hasSize(5);
    assertThat(Files.readAllLines(study.resolve("trials.csv"))).hasSize(5);
    RunRecord.Found found = RunRecord.below(study);
    assertThat(found.bad()).isEmpty();
    assertThat(found.runs()).hasSize(4).allMatch(run -> run.state() == RunRecord.State.FINISHED);
    assertThat(Files.readString(study.resolve("trials/001/experiment.yaml")))
        .doesNotContain("gradient-clip")
        .contains("save-model");

    Said again = antiphon("ablate", "--resume", study.toString());
    assertThat(again.out()).as("all is over").doesNotContain(" of 4: ").contains("## accuracy");
  }

  @Test
  void survivorsOfHalvingHaveTheWeightsOfRunsThatWereNeverStopped() throws IOException {
    Path study = folder.resolve("study");
    Said said =
        antiphon(
            "sweep",
            file.toString(),
            "--over",
            "fit.lr=log(1e-5,1e-1)",
            "--over",
            "callbacks.gradient-clip.bound=[0.1, -1]",
            "--search",
            "grid",
            "--halving",
            "--eta",
            "2",
            "--out",
            study.toString(),
            "--jobs",
            "2",
            "--threads",
            "1");
    assertThat(said.code()).isEqualTo(2);
    assertThat(said.err()).contains("a grid needs the number of points, as log(1e-5,1e-1, 5)");

    said =
        antiphon(
            "sweep",
            file.toString(),
            "--over",
            "fit.lr=log(1e-5,1e-1,2)",
            "--over",
            "callbacks.gradient-clip.bound=[0.1, -1]",
            "--search",
            "grid",
            "--halving",
            "--eta",
            "2",
            "--out",
            study.toString(),
            "--jobs",
            "2",
            "--threads",
            "1");
    assertThat(said.err()).isEmpty();
    assertThat(said.code()).isZero();
    assertThat(said.out())
        .contains("after epoch 1, 2 of 4 trials go on", "after epoch 2, 1 of 4 trials go on")
        .contains("failed: ", "antiphon train ");

    StudyFolder of = StudyFolder.of(study);
    Plan.Trial best = of.plan().trials().get(2);
    assertThat(best.values()).containsEntry("fit.lr", "0.1");
    assertThat(of.finding(best).orElseThrow().epochs()).isEqualTo(4);
    assertThat(of.finding(of.plan().trials().get(1)).orElseThrow().state())
        .as("a norm below zero")
        .isEqualTo(Finding.State.FAILED);
    Path whole = folder.resolve("whole");
    var experiment =
        ExperimentFile.read(of.experiment(best)).resolve(Catalog.of(List.of(ModuleLayer.boot())));
    try (Run run = Run.of(experiment, whole, _ -> {})) {
      run.train();
    }
    assertThat(of.run(best).resolve("model/weights.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model/weights.safetensors"));
    assertThat(withoutTime(of.run(best))).isEqualTo(withoutTime(whole));
  }

  @Test
  void aSweepThatIsKilledGoesOnAndEndsAsOneThatNeverWas() throws Exception {
    String[] sweep = {
      "sweep",
      file.toString(),
      "--over",
      "optimizer.lr=log(1e-4,1e-1)",
      "--trials",
      "3",
      "--set",
      "fit.epochs=2"
    };
    Path study = folder.resolve("killed");
    var words = new ArrayList<>(TrialProcess.antiphon());
    words.addAll(List.of(sweep));
    words.addAll(List.of("--out", study.toString()));
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile())
            .start();
    try {
      while (process.isAlive() && !Files.exists(study.resolve("trials/001/metrics.jsonl"))) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } finally {
      process.destroyForcibly().waitFor(); // SIGKILL, no chance to say a word
    }
    assertThat(study.resolve("trials/000.json"))
        .as(Files.readString(folder.resolve("said")))
        .exists();
    assertThat(study.resolve("trials/002")).doesNotExist();

    Said again = antiphon("sweep", "--resume", study.toString(), "--jobs", "2");
    assertThat(again.err()).isEmpty();
    assertThat(again.code()).isZero();

    Path whole = folder.resolve("whole");
    var all = new ArrayList<>(List.of(sweep));
    all.addAll(List.of("--out", whole.toString()));
    assertThat(antiphon(all.toArray(String[]::new)).code()).isZero();
    for (int i = 0; i < 3; i++) {
      Path trial = Path.of("trials", "00" + i);
      assertThat(study.resolve(trial).resolve("model/weights.safetensors"))
          .as("trial %d", i)
          .hasSameBinaryContentAs(whole.resolve(trial).resolve("model/weights.safetensors"));
      assertThat(withoutTime(study.resolve(trial))).isEqualTo(withoutTime(whole.resolve(trial)));
    }
  }

  @Test
  void aTrialThatFailedRunsAgainOnlyIfThatIsWanted() throws IOException {
    Path study = folder.resolve("study");
    Said said =
        antiphon(
            "sweep",
            file.toString(),
            "--over",
            "fit.lr=[1e-3, 1e-2]",
            "--set",
            "fit.epochs=1",
            "--out",
            study.toString());
    assertThat(said.err()).isEmpty();
    var of = StudyFolder.of(study);
    Plan.Trial trial = of.plan().trials().get(1);
    Path whole = Files.move(of.run(trial), folder.resolve("whole"));
    of.write(trial, new Finding(Finding.State.FAILED, 0, 0, "no space left on device"));

    Said again = antiphon("sweep", "--resume", study.toString());
    assertThat(again.out()).contains("failed: no space left on device");
    assertThat(of.run(trial)).doesNotExist();

    Said retried = antiphon("sweep", "--resume", study.toString(), "--retry");
    assertThat(retried.err()).isEmpty();
    assertThat(retried.out()).doesNotContain("failed");
    assertThat(of.run(trial).resolve("model/weights.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model/weights.safetensors"));
  }

  @Test
  void aJobArrayIsWrittenForWhatIsMissing() throws IOException {
    Path study = folder.resolve("array");
    Said said =
        antiphon(
            "sweep",
            file.toString(),
            "--over",
            "fit.lr=[1e-3, 1e-2]",
            "--slurm",
            "--sbatch",
            "--time=10:00",
            "--jobs",
            "2",
            "--threads",
            "1",
            "--out",
            study.toString());
    assertThat(said.err()).isEmpty();
    assertThat(said.out()).contains("2 to run in").contains("sbatch " + study);
    assertThat(Files.readString(study.resolve("study.sbatch")))
        .startsWith("#!/bin/sh\n")
        .contains(
            "#SBATCH --array=0-1%2\n", "#SBATCH --cpus-per-task=1\n", "#SBATCH --time=10:00\n")
        .contains(" trial " + study + " \"$SLURM_ARRAY_TASK_ID\"");
  }

  @Test
  void mistakesAreSentences() throws IOException {
    String name = file.toString();
    wrong("what shall be varied?", "sweep", name);
    wrong(
        "optimizer 'adam' has no option 'lrr'; did you mean 'lr'?",
        "sweep",
        name,
        "--over",
        "optimizer.lrr=log(1e-4,1)");
    wrong(
        "there are grid, random, quasi-random",
        "sweep",
        name,
        "--over",
        "seed=int(1,9)",
        "--search",
        "x");
    wrong(
        "their epochs have no 'acc'; did you mean 'accuracy'?".replace("their", "the experiment's"),
        "ablate",
        name,
        "--metric",
        "acc");
    wrong("there is nothing to leave out", "ablate", name, "--set", "callbacks=[]");
    wrong("--submit: this goes with --slurm", "ablate", name, "--submit");
    wrong("a study takes no 'cluster'", "ablate", name, "--set", "cluster=mpi");
    wrong("--retry: this goes with --resume", "ablate", name, "--retry");
    wrong("--jobs 0: this must be 1 to 1024", "ablate", name, "--jobs", "0");
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve("study.json"), "{\"format\": 1}");
    wrong("study.json: this is not what a study writes", "sweep", "--resume", broken.toString());
    wrong("this is no study's folder", "ablate", "--resume", folder.toString());
    wrong("as it was planned", "ablate", name, "--resume", folder.toString());
    wrong(
        "raise fit.epochs",
        "sweep",
        name,
        "--over",
        "fit.lr=log(1e-3,1)",
        "--halving",
        "--set",
        "fit.epochs=1");
  }

  private static void wrong(String sentence, String... arguments) {
    Said said = antiphon(arguments);
    assertThat(said.err()).contains(sentence).doesNotContain("\tat ");
    assertThat(said.code()).isEqualTo(2);
  }

  @Test
  void noMoreTrialsRunAtOnceThanTheirThreadsHaveCores() {
    assertThat(Course.atOnce(4, 1, 8)).isEqualTo(4);
    assertThat(Course.atOnce(4, 4, 8)).isEqualTo(2);
    assertThat(Course.atOnce(4, 16, 8)).isEqualTo(1);
  }

  private static List<String> withoutTime(Path run) throws IOException {
    return Files.readAllLines(run.resolve("history.csv")).stream()
        .map(line -> line.replaceFirst(",[^,]*$", ""))
        .toList();
  }

  private static JsonObject read(Path path) throws IOException {
    return JsonParser.parseString(Files.readString(path)).getAsJsonObject();
  }
}
