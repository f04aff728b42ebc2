package io.antiphon.examples.trainingprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Outcome;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.metrics.Recorder;
import io.antiphon.models.ModelResetter;
import io.antiphon.schedule.LrCurve;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MainTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Data digits(int train) {
    String folder = System.getProperty("antiphon.mnist");
    DataProvider digits =
        folder == null
            ? new Glyphs.Options().train(train).valid(500)
            : new Mnist().dir(Path.of(folder)).train(train).valid(500);
    return digits.create(new DataProvider.Setting(manager, 42));
  }

  private FitResult words(Callback... callbacks) {
    try (Learner learner = Main.language(manager).build()) {
      return learner.fit(2, callbacks); // no validation, between the parts of which layers forget
    }
  }

  @Test
  void theResetterDoesWhatTheBuiltInOneDoes() {
    FitResult own = words(Main.resetter());
    assertThat(own).isEqualTo(words(new ModelResetter()));
    assertThat(own).isNotEqualTo(words());
  }

  @Test
  void theRegularizerDoesWhatTheBuiltInOneDoes() {
    FitResult own = words(Main.resetter(), new Regularizer(2, 1));
    Callback regularizer = // with an alpha of 2 and a beta of 1
        Catalog.boot().find(Kind.CALLBACK, "rnn-regularizer").orElseThrow().defaults().create();
    FitResult builtIn = words(Main.resetter(), regularizer);
    assertThat(own.train().orElseThrow().loss())
        .isCloseTo(builtIn.train().orElseThrow().loss(), within(1e-3))
        .isNotCloseTo(words(Main.resetter()).train().orElseThrow().loss(), within(1e-3));
  }

  @Test
  void theModelLearnsToCount() {
    try (Learner learner = Main.language(manager).valid(Main.unseen(manager)).build()) {
      FitResult result = learner.fit(3, Main.resetter());
      assertThat(result.valid().orElseThrow().metrics().get("accuracy")).isGreaterThan(0.5);
    }
  }

  @Test
  void noLossIsRecordedThatIsNotANumber() {
    var recorder = new Recorder();
    FitResult result = Main.diverge(digits(1000), recorder);
    assertThat(result.outcome()).isInstanceOf(Outcome.Cancelled.class);
    assertThat(((Outcome.Cancelled) result.outcome()).who()).isEqualTo("terminate-on-nan");
    assertThat(recorder.losses()).isNotEmpty().hasSizeLessThan(10);
    assertThat(Arrays.stream(recorder.losses()).allMatch(Double::isFinite)).isTrue();
  }

  @Test
  void eachCancelHasItsEvent() {
    assertThat(Main.cancels(digits(640)))
        .containsExactly(
            "CancelBatchException [AFTER_CANCEL_BATCH]: 9 steps, validated, the fit finished",
            "CancelTrainException [AFTER_CANCEL_TRAIN]: 2 steps, validated, the fit finished",
            "CancelValidateException [AFTER_CANCEL_VALIDATE]: 10 steps, not validated, the fit finished",
            "CancelEpochException [AFTER_CANCEL_EPOCH]: 2 steps, not validated, the fit finished",
            "CancelFitException [AFTER_CANCEL_FIT]: 2 steps, not validated, the fit was cancelled");
  }

  @Test
  void theFinderFindsWhatOneByHandFinds() {
    Data data = digits(8000);
    LrCurve curve = Main.find(data);
    var byHand = new FinderByHand();
    try (Learner learner = Main.learner(data, 0.1).build()) {
      learner.fit(1, byHand);
    }
    assertThat(byHand.rates()).hasSameSizeAs(curve.lrs());
    for (int i = 0; i < curve.lrs().size(); i++) {
      assertThat(byHand.rates().get(i)).isCloseTo(curve.lrs().get(i), within(1e-12));
      assertThat(byHand.losses().get(i)).isCloseTo(curve.losses().get(i), within(1e-5));
    }
  }

  @Test
  void callbacksAreTakenAwayOneByOne() {
    Map<String, Double> table = Main.ablation(digits(1000), 1);
    assertThat(table)
        .containsOnlyKeys(
            "without nothing",
            "without ema",
            "without gradient-clip",
            "without gradient-centralization");
    assertThat(table.get("without ema"))
        .isGreaterThan(table.get("without nothing")); // after 16 steps
  }

  @Test
  void nothingIsLeftOfTheHooks() {
    var seen = new NDArray[1];
    try (Learner learner = Main.language(manager).build()) {
      learner.fit(
          1,
          new Regularizer(2, 1),
          new Callback() {
            @Override
            public void afterBatch(Batch batch) {
              seen[0] = batch.predictions().head();
            }
          });
    }
    assertThat(seen[0].isReleased()).isTrue();
  }
}
