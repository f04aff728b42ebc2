package io.antiphon.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.outbox.Patience;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowTest {
  private static final Patience SOON =
      new Patience(
          2,
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20));

  @TempDir Path temporary;

  private final Map<String, String> environment = new HashMap<>();
  private StandIn server;

  @BeforeEach
  void open() throws IOException {
    server = new StandIn();
    environment.put("MLFLOW_TRACKING_URI", server.address() + "/");
  }

  @AfterEach
  void close() {
    server.close();
  }

  private Mlflow mlflow() {
    return new Mlflow(new Mlflow.Options().dir(temporary), environment::get, SOON);
  }

  private StandIn.Run only() {
    assertThat(server.runs).hasSize(1);
    return server.runs.values().iterator().next();
  }

  @Test
  void parametersMetricsFilesAndTheEndAreOnTheServer() throws IOException {
    Files.writeString(temporary.resolve("experiment.yaml"), "name: digits");
    Files.writeString(temporary.resolve("not-asked-for.txt"), "private");
    var settings = new LinkedHashMap<String, String>(Map.of("name", "tiny & small"));
    for (int i = 0; i < 150; i++) {
      settings.put("callbacks.odd*%d".formatted(i), "x".repeat(i * 10));
    }
    List<Row> rows;
    try (Learner learner = TinyTask.learner().settings(settings).build()) {
      rows = new java.util.ArrayList<>();
      var reads =
          new Callback() {
            @Override
            public void afterEpoch(io.antiphon.core.Epoch epoch) {
              rows.add(epoch.row());
            }
          };
      learner.fit(3, reads, mlflow());
    }
    assertThat(server.refusals).containsExactly("no experiment tiny & small");
    assertThat(server.experiments).containsOnlyKeys("tiny & small");
    StandIn.Run run = only();
    assertThat(run.name).isEqualTo(temporary.getFileName().toString());
    assertThat(run.params).hasSize(151).containsEntry("name", "tiny & small");
    assertThat(run.params.get("callbacks.odd_149")).hasSize(500);
    assertThat(run.values("train_loss"))
        .containsExactlyElementsOf(rows.stream().map(Row::trainLoss).toList());
    assertThat(run.values("valid_loss")).hasSize(3);
    assertThat(run.metrics)
        .extracting(metric -> metric.get("step").getAsLong())
        .contains(3L, 6L, 9L);
    assertThat(run.statuses).containsExactly("RUNNING", "FINISHED");
    String id = server.runs.keySet().iterator().next();
    assertThat(server.artifacts)
        .containsExactly(Map.entry("1/%s/artifacts/experiment.yaml".formatted(id), "name: digits"));
  }

  @Test
  void howARunEndedIsItsStatus() {
    var stops =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            batch.fit().stopAfter(Level.BATCH, "enough");
          }
        };
    var fails =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            throw new IllegalStateException("a bug");
          }
        };
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1, stops, mlflow());
      assertThatThrownBy(() -> learner.fit(1, fails, mlflow()))
          .isInstanceOf(CallbackException.class);
    }
    assertThat(server.runs.values())
        .extracting(run -> run.statuses.getLast())
        .containsExactly("KILLED", "FAILED");
  }

  @Test
  void anExperimentsRunThatGoesOnGoesOnInItsRunOnTheServer() {
    List<String> settings =
        List.of(
            "name=digits",
            "data={use: glyphs, train: 64, valid: 32, batch-size: 8}",
            "model={use: cnn, channels: [4, 8]}",
            "device=cpu",
            "fit={policy: fit, epochs: 2}",
            "callbacks=[{ mlflow: { uri: '%s' } }, { save-model: { every: 1 epochs } }]"
                .formatted(server.address()));
    Experiment experiment =
        ExperimentFile.builtIn().with(settings, temporary).resolve(Catalog.boot());
    Path folder = temporary.resolve("run");
    try (Run run = Run.of(experiment, folder, _ -> {})) {
      run.interrupt();
      run.train();
    }
    Experiment again = ExperimentFile.read(Run.experiment(folder)).resolve(Catalog.boot());
    try (Run run = Run.resume(again, folder, _ -> {})) {
      run.train();
    }
    StandIn.Run run = only();
    assertThat(run.statuses).containsExactly("RUNNING", "KILLED", "RUNNING", "FINISHED");
    assertThat(run.params).containsEntry("data.train", "64").containsEntry("data.use", "glyphs");
    assertThat(run.values("accuracy")).isNotEmpty();
    assertThat(server.artifacts.keySet())
        .anyMatch(path -> path.endsWith("/metrics.jsonl"))
        .anyMatch(path -> path.endsWith("/experiment.yaml"));
  }

  @Test
  void whatComesAgainAfterACheckpointIsNotSentTwice() {
    Path saved = temporary.resolve("saved");
    var stopper =
        new Callback() {
          @Override
          public void afterEpoch(io.antiphon.core.Epoch epoch) {
            switch (epoch.index()) {
              case 0 ->
                  epoch
                      .fit()
                      .whenSettled(() -> {
                        server.awaitMetrics(); // else the checkpoint knows of no run yet
                        epoch.fit().learner().save(saved);
                      });
              case 2 -> throw new IllegalStateException("killed");
              default -> {}
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(stopper, mlflow()).build()) {
      assertThatThrownBy(() -> learner.fit(4)).isInstanceOf(CallbackException.class);
    }
    var idle = new Callback() {};
    try (Learner learner = TinyTask.learner().callbacks(idle, mlflow()).build()) {
      learner.load(saved);
      learner.fit(4);
    }
    assertThat(only().metrics)
        .filteredOn(metric -> metric.get("key").getAsString().equals("train_loss"))
        .extracting(metric -> metric.get("step").getAsLong())
        .containsExactly(3L, 6L, 9L, 12L);
    assertThat(only().statuses).containsExactly("RUNNING", "FAILED", "RUNNING", "FINISHED");
  }

  @Test
  void aRunThatWasMadeThoughNoAnswerSaidSoIsNotMadeTwice() {
    server.silentCreations = 1;
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(2, mlflow());
    }
    assertThat(only().statuses).containsExactly("RUNNING", "FINISHED");
    assertThat(only().values("train_loss")).hasSize(2);
  }

  @Test
  void aCheckpointThatWasSavedBeforeTheServerAnsweredGoesOnInItsRun() {
    Path saved = temporary.resolve("saved");
    server.gate = new CountDownLatch(1);
    var stopper =
        new Callback() {
          @Override
          public void afterEpoch(io.antiphon.core.Epoch epoch) {
            if (epoch.index() == 0) {
              epoch
                  .fit()
                  .whenSettled(() -> {
                    epoch.fit().learner().save(saved);
                    server.gate.countDown();
                  });
            } else {
              throw new IllegalStateException("killed");
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(stopper, mlflow()).build()) {
      assertThatThrownBy(() -> learner.fit(3)).isInstanceOf(CallbackException.class);
    }
    var idle = new Callback() {};
    try (Learner learner = TinyTask.learner().callbacks(idle, mlflow()).build()) {
      learner.load(saved);
      learner.fit(3);
    }
    assertThat(only().statuses).containsExactly("RUNNING", "FAILED", "RUNNING", "FINISHED");
    assertThat(only().values("train_loss")).hasSize(3);
  }

  @Test
  void aRunThatGoesOnWithOtherSettingsKeepsItsParametersAndGetsNewOnes() {
    Path saved = temporary.resolve("saved");
    try (Learner learner =
        TinyTask.learner().settings(Map.of("epochs", "1")).callbacks(mlflow()).build()) {
      learner.fit(1);
      learner.save(saved);
    }
    try (Learner learner =
        TinyTask.learner()
            .settings(Map.of("epochs", "2", "why", "more"))
            .callbacks(mlflow())
            .build()) {
      learner.load(saved);
      learner.fit(1);
    }
    assertThat(only().params).containsExactly(Map.entry("epochs", "1"), Map.entry("why", "more"));
    assertThat(only().values("train_loss")).hasSize(2);
  }

  @Test
  void aServerThatKnowsNothingOfTheRunGetsANewOne() {
    Path saved = temporary.resolve("saved");
    try (Learner learner = TinyTask.learner().callbacks(mlflow()).build()) {
      learner.fit(1);
      learner.save(saved);
    }
    server.runs.clear();
    try (Learner learner = TinyTask.learner().callbacks(mlflow()).build()) {
      learner.load(saved);
      learner.fit(1);
    }
    assertThat(only().statuses).containsExactly("RUNNING", "FINISHED");
  }

  @Test
  void fitsThatAreOneTrainingAreOneRun() {
    try (Learner learner = TinyTask.learner().callbacks(mlflow()).build()) {
      learner.together(
          2,
          () -> {
            learner.fit(1);
            return learner.fit(2);
          });
    }
    assertThat(only().statuses).containsExactly("RUNNING", "FINISHED");
    assertThat(only().values("train_loss")).hasSize(3);
  }

  @Test
  void whatAServerDidNotTakeItGetsWithTheNextEpoch() {
    server.failures = 4; // the beginning fails for good, and the first epoch
    try (Learner learner = TinyTask.learner().build()) {
      assertThat(learner.fit(3, mlflow()).outcome().isFinished()).isTrue();
    }
    assertThat(only().values("train_loss")).hasSize(3);
    assertThat(only().statuses).endsWith("FINISHED");
  }

  @Test
  void aServerThatIsNotThereEndsNoRun() {
    server.close();
    try (Learner learner = TinyTask.learner().build()) {
      assertThat(learner.fit(2, mlflow()).outcome().isFinished()).isTrue();
    }
  }

  @Test
  void whoAsksIsToldByTheEnvironmentAndNotByThePlan() {
    environment.put("MLFLOW_TRACKING_TOKEN", "a-secret");
    server.authorization = "Bearer a-secret";
    try (Learner learner = TinyTask.learner().callbacks(mlflow()).build()) {
      learner.fit(1);
      assertThat(learner.explain()).contains("keeps the run on " + server.address());
      assertThat(learner.explain()).doesNotContain("a-secret");
    }
    assertThat(only().statuses).endsWith("FINISHED");
    environment.put("MLFLOW_TRACKING_USERNAME", "ada");
    environment.put("MLFLOW_TRACKING_PASSWORD", "lace");
    server.authorization = "Basic YWRhOmxhY2U=";
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1, mlflow());
    }
    assertThat(server.runs).hasSize(2);
  }

  @Test
  void withoutAnAddressItIsRefusedBeforeTheRun() {
    try (Learner learner = TinyTask.learner().build()) {
      environment.put("MLFLOW_TRACKING_URI", "http://ada:lace@host");
      assertThatThrownBy(() -> mlflow().check(learner))
          .hasMessageContaining("MLFLOW_TRACKING_PASSWORD")
          .hasMessageNotContaining("lace");
      environment.remove("MLFLOW_TRACKING_URI");
      assertThatThrownBy(() -> mlflow().check(learner))
          .hasMessage(
              "nobody says where MLflow's server is: set the environment variable MLFLOW_TRACKING_URI,"
                  + " or the option 'uri'");
    }
  }

  @Test
  void keepsTheContractOfAllCallbacks() {
    CallbackContract.of(this::mlflow).verify();
  }
}
