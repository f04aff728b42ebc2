package io.antiphon.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Epoch;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Pass;
import io.antiphon.core.Samples;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
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

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new Swa(new Swa.Options())).verify();
    CallbackContract.of(() -> new Swa(new Swa.Options().start(Length.ofRun(0)).lr(0.01))).verify();
  }
}
