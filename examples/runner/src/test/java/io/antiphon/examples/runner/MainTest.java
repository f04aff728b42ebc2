package io.antiphon.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.examples.runner.AverageStatistics.Means;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MainTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Data drawn(int train, int valid) {
    return new Glyphs.Options()
        .train(train)
        .valid(valid)
        .create(new DataProvider.Setting(manager, 42));
  }

  private static AverageStatistics statistics(Learner learner) {
    return (AverageStatistics) learner.callback("average-statistics").orElseThrow();
  }

  @Test
  void writtenDigitsAreReadAfterOneEpochAndBetterAfterAFew() {
    String folder = System.getProperty("antiphon.mnist");
    if (folder == null) {
      System.out.println("left out: -Dantiphon.mnist=FOLDER names no folder of written digits");
      return;
    }
    Data data = Main.written(Path.of(folder)).create(new DataProvider.Setting(manager, 42));
    try (Learner learner = Main.learner(data)) {
      learner.fit(1);
      assertThat(statistics(learner).valid().metric()).isGreaterThan(0.9);
      learner.fit(5);
      assertThat(statistics(learner).valid().metric()).isGreaterThan(0.94);
    }
  }

  @Test
  void epochsAreCountedInFractions() {
    var counted = new ArrayList<Double>();
    try (Learner learner = Main.learner(drawn(640, 64))) {
      TrainEval counts = learner.callback(TrainEval.class).orElseThrow();
      learner.fit(
          2,
          new Callback() {
            @Override
            public void afterBatch(Batch batch) {
              counted.add(counts.epochs());
            }
          });
      assertThat(counts.iterations()).isEqualTo(20);
    }
    assertThat(counted).hasSize(22);
    assertThat(counted.get(0)).isCloseTo(0.1, within(1e-9));
    assertThat(counted.get(4)).isCloseTo(0.5, within(1e-9));
    assertThat(counted.getLast()).isCloseTo(2, within(1e-9));
  }

  @Test
  void averagesAreRightForUnequalBatches() {
    var means = new double[1];
    try (Learner learner = Main.learner(drawn(640, 64 + 3))) {
      FitResult result =
          learner.fit(
              1,
              new Callback() {
                @Override
                public boolean waitsForDevice() {
                  return true;
                }

                @Override
                public void afterBatch(Batch batch) {
                  means[0] += batch.isTraining() ? 0 : batch.lossValue() / 2;
                }
              });
      Means valid = statistics(learner).valid();
      assertThat(valid.loss()).isCloseTo(result.valid().orElseThrow().loss(), within(1e-6));
      assertThat(valid.loss()).isNotCloseTo(means[0], within(1e-4)); // the mean of two means
      assertThat(valid.metric() * 67).isCloseTo(Math.rint(valid.metric() * 67), within(1e-3));
    }
  }

  @Test
  void aTestCallbackStopsAfterTenIterations() {
    try (Learner learner = Main.learner(drawn(6400, 64))) {
      FitResult result = learner.fit(1, new StopAfter(10));
      assertThat(learner.callback(TrainEval.class).orElseThrow().iterations()).isEqualTo(10);
      assertThat(result.train().orElseThrow().samples()).isEqualTo(640);
      assertThat(result.valid()).isPresent(); // the training part alone was cancelled
    }
  }

  @Test
  void callbacksAreMadeAnewForEachLearner() {
    Data data = drawn(64, 64);
    try (Learner one = Main.learner(data);
        Learner other = Main.learner(data)) {
      assertThat(statistics(one)).isNotSameAs(statistics(other));
    }
  }
}
