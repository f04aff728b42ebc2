package io.antiphon.examples.understanding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.metrics.Recorder;
import io.antiphon.training.EarlyStopping;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MainTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final Data data = digits().create(new DataProvider.Setting(manager, 42));

  private static DataProvider digits() {
    String folder = System.getProperty("antiphon.mnist");
    return folder == null
        ? new Glyphs.Options().train(1000).valid(500)
        : new Mnist().dir(Path.of(folder)).train(1000).valid(500);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void noStepSeesGradientsOfAGreaterNorm() {
    var norms = new ArrayList<Double>();
    try (Learner learner = Main.learner(data)) {
      learner.fit(
          1,
          new ClipGradients(0.1),
          new Callback() {
            @Override
            public boolean waitsForDevice() {
              return true;
            }

            @Override
            public void beforeStep(Batch batch) {
              norms.add((double) batch.gradients().norm(batch.manager(), 2).getFloat());
            }
          });
    }
    assertThat(norms).hasSize(16).allMatch(norm -> norm <= 0.1001);
  }

  @Test
  void theBackwardPassIsSkippedWhenTheLossIsTooHigh() {
    var all = new SkipAndScale(0, 0.1);
    FitResult result = Main.fit(data, 1, all);
    assertThat(all.skipped()).isEqualTo(16);
    try (Learner untrained = Main.learner(data)) {
      assertThat(result.valid().orElseThrow().loss())
          .isCloseTo(untrained.validate().loss(), within(1e-6));
    }
  }

  @Test
  void aLossThatIsTooLowIsDoubledForTheGradientsAlone() {
    List<Float> usual = firstNorms(new SkipAndScale(0, 1e9));
    List<Float> doubled = firstNorms(new SkipAndScale(1e9, 1e9));
    assertThat(doubled.getFirst()).isCloseTo(2 * usual.getFirst(), within(1e-4f));
    assertThat(doubled.getLast()).isEqualTo(usual.getLast()); // the loss that is reported
  }

  /// {@return the norm of the gradients of the first batch, and its loss}
  private List<Float> firstNorms(Callback callback) {
    var seen = new ArrayList<Float>();
    try (Learner learner = Main.learner(data)) {
      learner.fit(
          Length.steps(1),
          callback,
          new Callback() {
            @Override
            public boolean waitsForDevice() {
              return true;
            }

            @Override
            public void beforeStep(Batch batch) {
              seen.add(batch.gradients().norm(batch.manager(), 2).getFloat());
              seen.add((float) batch.lossValue());
            }
          });
    }
    return seen;
  }

  @Test
  void theBatchThatTheModelSeesIsChangedInTrainingOnly() {
    var deviations = new ArrayList<Double>(); // near 1 in the data, negative for validation
    try (Learner learner = Main.learner(data)) {
      learner.fit(
          1,
          new AddNoise(3),
          new Callback() {
            @Override
            public void afterPred(Batch batch) {
              NDArray inputs = batch.inputs().head();
              double deviation = Math.sqrt(inputs.sub(inputs.mean()).square().mean().getFloat());
              deviations.add(batch.isTraining() ? deviation : -deviation);
            }
          });
    }
    assertThat(deviations.stream().filter(each -> each > 0)).allMatch(each -> each > 2.5);
    assertThat(deviations.stream().filter(each -> each < 0)).allMatch(each -> each > -1.5);
  }

  @Test
  void theFitStopsAfterAnEpoch() {
    FitResult result = Main.fit(data, 5, new StopAfterEpoch(1));
    assertThat(result.epochs()).isEqualTo(2);
    assertThat(result.outcome())
        .isEqualTo(new Outcome.Stopped("stop-after-epoch", "that was epoch 1"));
    assertThat(result.valid()).isPresent();
  }

  @Test
  void theFitStopsWhenNothingGotBetterForLongEnough() {
    var recorder = new Recorder();
    FitResult result;
    try (Learner learner = Main.learner(data)) {
      result = learner.fit(30, new StopEarly("valid_loss", 0.02, 1), recorder);
    }
    assertThat(result.epochs()).isBetween(3, 29);
    double best = Double.POSITIVE_INFINITY;
    int waited = 0;
    for (Row row : recorder.rows()) {
      assertThat(waited).isLessThan(2); // else it would have stopped before
      waited = row.validLoss() < best - 0.02 ? 0 : waited + 1;
      best = waited == 0 ? row.validLoss() : best;
    }
    assertThat(waited).isEqualTo(2);
    try (Learner learner = Main.learner(data)) {
      var builtIn = new EarlyStopping.Options().minDelta(0.02).patience(2).create();
      assertThat(learner.fit(30, builtIn).epochs()).isEqualTo(result.epochs());
    }
  }
}
