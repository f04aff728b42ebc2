package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Pass;
import io.antiphon.core.Samples;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SwaTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);
  private static final double[][] ONE = {{1}}; // the weight goes down by 0.1 in each epoch

  private static Swa from(double start) {
    return new Swa(new Swa.Options().start(Length.ofRun(start)));
  }

  private static double after(int epochs, Callback... callbacks) {
    try (Learner learner = Line.learner(ONE, callbacks).build()) {
      learner.fit(epochs);
      return Line.weight(learner);
    }
  }

  @Test
  void aFitEndsWithTheMeanOfTheWeightsOfItsLastEpochs() {
    assertThat(after(10, from(0.8))).isCloseTo((0.1 + 0.0) / 2, CLOSE);
    assertThat(after(10, from(0.5))).isCloseTo((0.4 + 0.3 + 0.2 + 0.1 + 0.0) / 5, CLOSE);
    assertThat(after(4, new Swa(new Swa.Options().start(Length.epochs(1)))))
        .isCloseTo((0.8 + 0.7 + 0.6) / 3, CLOSE);
  }

  @Test
  void theLastValidationScoresTheAverages() {
    var seen = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void beforeValidate(Pass pass) {
            seen.add(Line.weight(pass.fit().learner()));
          }
        };
    after(4, from(0.5), watch);
    assertThat(seen).element(2).satisfies(each -> assertThat(each).isCloseTo(0.7, CLOSE));
    assertThat(seen).element(3).satisfies(each -> assertThat(each).isCloseTo(0.65, CLOSE));
  }

  @Test
  void aFitThatIsCancelledLeavesTheAveragesOfWhatThereWas() {
    var cancel =
        new Callback() {
          @Override
          public void beforeEpoch(Epoch epoch) {
            if (epoch.index() == 3) {
              throw new CancelFitException("enough");
            }
          }
        };
    assertThat(after(4, from(0.25), cancel)).isCloseTo((0.8 + 0.7) / 2, CLOSE);
  }

  @Test
  void itsLearningRateIsReachedOverSomeEpochsAlongALineOrACosine() {
    assertThat(rates(new Swa.Options().anneal(Swa.Anneal.LINEAR)))
        .containsExactly(new double[] {0.1, 0.1, 0.1, 0.075, 0.05, 0.05}, CLOSE);
    double[] cosine = rates(new Swa.Options());
    assertThat(cosine[3]).isCloseTo(0.1 - 0.05 * (1 - Math.cos(Math.PI / 2)) / 2, CLOSE);
    assertThat(rates(new Swa.Options().annealEpochs(0)))
        .containsExactly(0.1, 0.1, 0.05, 0.05, 0.05, 0.05);
  }

  private static double[] rates(Swa.Options options) {
    var rates = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterStep(Batch batch) {
            rates.add(batch.fit().optimizer().get(Hyper.LEARNING_RATE));
          }
        };
    Swa.Options all =
        options.start(Length.epochs(2)).lr(0.05).annealEpochs(options.annealEpochs() == 0 ? 0 : 2);
    try (Learner learner = Line.learner(ONE, new Swa(all), watch).build()) {
      learner.fit(6);
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
    }
    return rates.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void runningStatisticsAreTheMeanOverTheBatchesOfTheTrainingData() {
    try (Learner learner = TinyTask.learner().callbacks(from(0.5)).build();
        NDManager manager = NDManager.newBaseManager()) {
      learner.fit(4);
      // what the norm is given: the convolution of each batch
      var convolution = learner.model().getChildren().get(0).getValue();
      int channels = 4;
      var means = new double[channels];
      var variances = new double[channels];
      int batches = 0;
      DataLoader data = learner.trainData();
      try (DataLoader.Batches all = data.open(learner.seed(), 0, 0)) {
        while (all.hasNext()) {
          Samples samples = all.next(manager);
          NDArray given =
              convolution
                  .forward(
                      new ai.djl.training.ParameterStore(manager, false), samples.inputs(), false)
                  .head()
                  .transpose(1, 0, 2, 3)
                  .reshape(channels, -1);
          long count = given.getShape().get(1);
          for (int channel = 0; channel < channels; channel++) {
            float[] values = given.get(channel).toFloatArray();
            double mean = 0;
            for (float value : values) {
              mean += value / count;
            }
            double variance = 0;
            for (float value : values) {
              variance += (value - mean) * (value - mean) / (count - 1);
            }
            means[channel] += mean;
            variances[channel] += variance;
          }
          batches++;
        }
      }
      assertThat(batches).isEqualTo(3);
      for (int channel = 0; channel < channels; channel++) {
        assertThat((double) statistics(learner, Parameter.Type.RUNNING_MEAN)[channel])
            .isCloseTo(means[channel] / batches, Offset.offset(1e-5));
        assertThat((double) statistics(learner, Parameter.Type.RUNNING_VAR)[channel])
            .isCloseTo(variances[channel] / batches, Offset.offset(1e-5));
      }
    }
  }

  private static float[] statistics(Learner learner, Parameter.Type type) {
    List<Parameter> all = learner.model().getParameters().values();
    return all.stream()
        .filter(each -> each.getType() == type)
        .findFirst()
        .orElseThrow()
        .getArray()
        .toFloatArray();
  }

  private static Learner.Builder scaled(double scale, float dropout, Callback... callbacks) {
    var random = new Random(1);
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      rows.add(new float[] {(float) (scale * random.nextGaussian())});
    }
    DataLoader data =
        DataLoader.of(
                rows,
                (manager, some) -> {
                  var flat = new float[some.size()];
                  for (int i = 0; i < flat.length; i++) {
                    flat[i] = some.get(i)[0];
                  }
                  return new Samples(
                      new NDList(manager.create(flat, new Shape(flat.length, 1))),
                      new NDList(manager.zeros(new Shape(flat.length))),
                      flat.length);
                })
            .batchSize(16);
    return TinyTask.learner()
        .model(
            new SequentialBlock()
                .add(Dropout.builder().optRate(dropout).build())
                .add(BatchNorm.builder().build())
                .add(Linear.builder().setUnits(1).build()))
        .loss((predictions, targets) -> predictions.head().square().mean())
        .train(data)
        .valid(data)
        .callbacks(callbacks);
  }

  private static double variance(Learner learner) {
    return learner.model().getParameters().values().stream()
        .filter(each -> each.getType() == Parameter.Type.RUNNING_VAR)
        .findFirst()
        .orElseThrow()
        .getArray()
        .getFloat(0);
  }

  @Test
  void howMuchANormTakesOverIsToldWhateverTheSizeAndWhateverIsDropped() {
    for (double scale : new double[] {1e-3, 1, 1e3, 1e5}) {
      for (float dropout : new float[] {0, 0.5f}) {
        try (Learner learner = scaled(scale, dropout, from(0.5)).build()) {
          learner.fit(2);
          double expected = scale * scale / (1 - dropout);
          assertThat(variance(learner))
              .as("scale %s, dropout %s", scale, dropout)
              .isBetween(0.5 * expected, 1.7 * expected);
        }
      }
    }
  }

  @Test
  void statisticsThatTheTrainingLeavesStay() {
    var frozen =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            fit.hook(
                block -> block instanceof BatchNorm,
                (batch, block, inputs, training, inner) -> inner.run(inputs, false));
          }
        };
    try (Learner learner = scaled(10, 0, from(0.5), frozen).build()) {
      learner.fit(2);
      assertThat(variance(learner)).isEqualTo(1);
    }
  }

  @Test
  void itsLearningRateLiesOverWhatAPlateauSetWhoeverCameFirst() {
    var rates = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterStep(Batch batch) {
            rates.add(batch.fit().optimizer().get(Hyper.LEARNING_RATE));
          }
        };
    var plateau = // lower from the second epoch on
        new ReduceLrOnPlateau(new Monitor("valid_loss", Monitor.Mode.MIN, 100, 1), 0.5, 0, 0);
    Swa.Options all = new Swa.Options().start(Length.epochs(2)).lr(0.08).annealEpochs(0);
    try (Learner learner = Line.learner(ONE, new Swa(all), plateau, watch).build()) {
      learner.fit(5);
    }
    assertThat(rates.subList(2, 5)).containsExactly(0.08, 0.08, 0.08);
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new Swa(new Swa.Options())).verify();
    CallbackContract.of(() -> new Swa(new Swa.Options().start(Length.ofRun(0)).lr(0.01))).verify();
  }
}
