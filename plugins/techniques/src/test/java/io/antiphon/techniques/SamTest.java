package io.antiphon.techniques;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.models.Rnn;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.RandomStream;
import io.antiphon.training.GradientAccumulation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamTest {
  private static final double LR = 0.1;

  /// The loss (w·x)² of one sample, by hand.
  private static double moved(double w, double rho, boolean adaptive, double... batches) {
    for (double x : batches) {
      double gradient = 2 * w * x * x;
      double way = adaptive ? w * w * gradient / Math.abs(w * gradient) : Math.signum(gradient);
      double uphill = w + rho * way;
      w -= LR * 2 * uphill * x * x;
    }
    return w;
  }

  private static Learner.Builder squares(int perBatch, double... x) {
    var all = new ArrayList<Double>();
    for (double each : x) {
      all.add(each);
    }
    DataLoader data =
        DataLoader.of(
                all,
                (manager, some) ->
                    new Samples(
                        new NDList(
                            manager
                                .create(some.stream().mapToDouble(Double::doubleValue).toArray())
                                .toType(DataType.FLOAT32, false)
                                .reshape(-1, 1)),
                        new NDList(manager.zeros(new ai.djl.ndarray.types.Shape(some.size()))),
                        some.size()))
            .batchSize(perBatch);
    var model = ai.djl.nn.core.Linear.builder().setUnits(1).optBias(false).build();
    model.setInitializer(
        new ai.djl.training.initializer.ConstantInitializer(1f), Parameter.Type.WEIGHT);
    return Learner.builder()
        .model(model)
        .loss((predictions, targets) -> predictions.head().square().mean())
        .optimizer(TinyTask.descent(LR))
        .train(data);
  }

  private static double weight(Learner learner) {
    return learner.model().getParameters().valueAt(0).getArray().getFloat(0);
  }

  @Test
  void theStepIsByTheGradientUphill() {
    for (boolean adaptive : new boolean[] {false, true}) {
      try (Learner learner =
          squares(1, 1, 0.5, 2).callbacks(new Sam(new Sam.Options(0.2, adaptive))).build()) {
        learner.fit(1);
        assertThat(weight(learner))
            .isCloseTo(moved(1, 0.2, adaptive, 1, 0.5, 2), Offset.offset(1e-6));
      }
    }
  }

  @Test
  void notUphillItIsTheUsualStepBitByBit() {
    List<float[]> some = weights(TinyTask.learner().callbacks(new Sam(0)));
    List<float[]> others = weights(TinyTask.learner());
    for (int i = 0; i < some.size(); i++) {
      assertThat(some.get(i)).containsExactly(others.get(i));
    }
  }

  private static List<float[]> weights(Learner.Builder builder) {
    try (Learner learner = builder.build()) {
      learner.fit(2);
      return learner.model().getParameters().values().stream()
          .map(each -> each.getArray().toFloatArray())
          .toList();
    }
  }

  @Test
  void eachBatchOfAnAccumulatedStepGoesUphillForItself() {
    try (Learner learner =
        squares(1, 1, 2).callbacks(new Sam(0.2), new GradientAccumulation(2)).build()) {
      learner.fit(1);
      double gradient = (2 * 1.2 * 1 + 2 * 1.2 * 4) / 2;
      assertThat(weight(learner)).isCloseTo(1 - LR * gradient, Offset.offset(1e-6));
    }
  }

  @Test
  void accumulatedGradientsHaveTheScaleOfThoseToCome() {
    double gradient = (2 * 1.2 * 1 + 2 * 1.2 * 4) / 2;
    var half = new MixedPrecision.Options(MixedPrecision.Type.FP16).initScale(1024);
    try (Learner learner =
        squares(1, 1, 2)
            .callbacks(new Sam(0.2), new GradientAccumulation(2), half.create())
            .build()) {
      learner.fit(1);
      assertThat(weight(learner)).isCloseTo(1 - LR * gradient, Offset.offset(2e-3));
    }
  }

  @Test
  void anAccumulatedStepOfFloat16GoesOnFromItsMiddle(@TempDir Path folder) {
    Path saved = folder.resolve("saved");
    var save =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            Learner learner = batch.fit().learner();
            if (learner.stepsDone() == 0) {
              batch.fit().whenSettled(() -> learner.save(saved));
            }
          }
        };
    var half = new MixedPrecision.Options(MixedPrecision.Type.FP16).initScale(1024);
    double straight;
    try (Learner learner =
        squares(1, 1, 2).callbacks(new GradientAccumulation(2), half.create(), save).build()) {
      learner.fit(1);
      straight = weight(learner);
    }
    try (Learner learner =
        squares(1, 1, 2).callbacks(new GradientAccumulation(2), half.create(), save).build()) {
      learner.load(saved);
      learner.fit(1);
      assertThat(weight(learner)).isEqualTo(straight);
    }
  }

  @Test
  void theStepIsComputedInFloat32WhateverIsRunAgain() {
    var narrow = new ArrayList<Boolean>();
    var watch =
        new Callback() {
          @Override
          public void beforeStep(Batch batch) {
            narrow.add(Autocast.isOn(batch.fit().learner().device()));
          }
        };
    var half = new MixedPrecision(MixedPrecision.Type.FP16);
    try (Learner learner = squares(2, 1, 2).callbacks(new Sam(0.2), half, watch).build()) {
      learner.fit(1);
    }
    try (Learner learner = squares(2, 1, 2).callbacks(new MicroBatches(2), half, watch).build()) {
      learner.fit(1);
    }
    assertThat(narrow).hasSize(2).containsOnly(false);
  }

  @Test
  void whatCountsIsWhatCountedBefore() {
    var counted = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.isTraining()) {
              batch.counted(batch.manager().create(100f)); // as the sum of some ranks
            }
          }

          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining()) {
              counted.add(batch.counted());
            }
          }
        };
    try (Learner learner =
        TinyTask.learner().loss(new CrossEntropy()).callbacks(new Sam(0.2), watch).build()) {
      learner.fit(1);
    }
    assertThat(counted).hasSize(3).containsOnly(100.0);
  }

  @Test
  void bothPassesDrawTheSameInPiecesToo() {
    var drawn = new ArrayList<Float>();
    var model =
        new SequentialBlock()
            .add(
                new LambdaBlock(inputs -> {
                  NDArray x = inputs.head();
                  NDArray noise =
                      RandomStream.draw(() -> x.getManager().randomNormal(x.getShape()));
                  drawn.add(noise.getFloat(0));
                  return new NDList(x.add(noise.mul(0)));
                }))
            .add(ai.djl.nn.core.Linear.builder().setUnits(1).optBias(false).build());
    try (Learner learner =
        squares(2, 1, 2).model(model).callbacks(new Sam(0.2), new MicroBatches(2)).build()) {
      drawn.clear();
      learner.fit(1);
    }
    float first = drawn.get(0);
    float second = drawn.get(1);
    assertThat(second).isNotEqualTo(first);
    assertThat(drawn).hasSizeGreaterThan(6);
    for (int i = 0; i < drawn.size(); i++) {
      assertThat(drawn.get(i)).as("pass %d", i).isEqualTo(i % 2 == 0 ? first : second);
    }
  }

  @Test
  void whatIsReportedIsTheLossOfTheFirstPass() {
    var losses = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            losses.add(batch.lossValue());
          }

          @Override
          public boolean waitsForDevice() {
            return true;
          }
        };
    try (Learner learner = squares(1, 1).callbacks(new Sam(0.5), watch).build()) {
      learner.fit(1);
    }
    assertThat(losses).containsExactly(1.0);
  }

  @Test
  void aScaleOfTheLossChangesNothing() {
    double plain;
    try (Learner learner = squares(2, 1, 0.5, 2, 1).callbacks(new Sam(0.1)).build()) {
      learner.fit(2);
      plain = weight(learner);
    }
    var narrow = new MixedPrecision(new MixedPrecision.Options().type(MixedPrecision.Type.BF16));
    try (Learner learner = squares(2, 1, 0.5, 2, 1).callbacks(new Sam(0.1), narrow).build()) {
      learner.fit(2);
      assertThat(weight(learner)).isCloseTo(plain, Offset.offset(0.02));
    }
  }

  @Test
  void aGradientThatIsNotFiniteLeavesTheWeightsAsTheyWere() {
    var weights = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterBackward(Batch batch) {
            weights.add(weight(batch.fit().learner()));
          }
        };
    try (Learner learner =
        squares(1, Double.POSITIVE_INFINITY).callbacks(new Sam(0.1), watch).build()) {
      learner.fit(1);
    }
    assertThat(weights).containsExactly(1.0);
  }

  @Test
  void aModelThatRemembersIsRefused() {
    try (Learner learner =
        Learner.builder()
            .model(Rnn.of(new Rnn.Options(), 5))
            .train(RnnRegularizerTest.tokens())
            .optimizer(TinyTask.descent(0.1))
            .callbacks(new Sam(0.1))
            .build()) {
      assertThatThrownBy(learner::check).hasMessageStartingWith("sam runs each batch twice");
    }
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new Sam(new Sam.Options(0.5, true))).verify();
  }
}
