package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.losses.DjlLoss;
import io.antiphon.losses.Mse;
import io.antiphon.torch.Autograd;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelSmoothingTest {
  /// The losses of batches, and those of PyTorch's own label smoothing for the same predictions.
  private static List<double[]> losses(double smoothing, Callback... callbacks) {
    var losses = new ArrayList<double[]>();
    var reference = new CrossEntropy(new CrossEntropy.Options(smoothing));
    var plain = new CrossEntropy();
    var watch =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            var own = batch.isTraining() ? reference : plain;
            if (batch.fit().lossFunction() instanceof Mixed mixed) {
              own = reference;
              var mix = new Mixed("", own, mixed.pairs(), Interpolation.LOSS);
              losses.add(
                  new double[] {
                    batch.lossValue(), mix.loss(batch.predictions(), batch.targets()).getFloat()
                  });
            } else {
              losses.add(
                  new double[] {
                    batch.lossValue(), own.loss(batch.predictions(), batch.targets()).getFloat()
                  });
            }
          }
        };
    try (Learner learner =
        Drawn.learner().loss(plain).callbacks(callbacks).callbacks(watch).build()) {
      learner.fit(2);
    }
    return losses;
  }

  @Test
  void itIsPyTorchsInTrainingAndLeavesValidationAlone() {
    var smoothing = new LabelSmoothing(new LabelSmoothing.Options(0.3));
    assertThat(losses(0.3, smoothing))
        .hasSize(10)
        .allSatisfy(pair -> assertThat(pair[0]).isCloseTo(pair[1], within(1e-6)));
  }

  @Test
  void itGoesWithMixupWhicheverComesFirst() {
    for (Callback mixing : List.of(new Mixup(), new Cutmix())) {
      assertThat(losses(0.1, new LabelSmoothing(), mixing))
          .allSatisfy(pair -> assertThat(pair[0]).isCloseTo(pair[1], within(1e-6)));
      assertThat(losses(0.1, mixing, new LabelSmoothing()))
          .allSatisfy(pair -> assertThat(pair[0]).isCloseTo(pair[1], within(1e-6)));
    }
  }

  @Test
  void classesBecomeProbabilitiesAndThoseLeftOutNone() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.zeros(new Shape(3, 4));
      NDArray y = manager.create(new long[] {1, -100, 3});
      float low = 0.05f;
      assertThat(Targets.distribution(x, y, 0.2, false).toFloatArray())
          .containsExactly(
              new float[] {low, 0.85f, low, low, 0, 0, 0, 0, low, low, low, 0.85f}, within(1e-6f));
      assertThat(Targets.distribution(x, y.reshape(3, 1), 0, false).toFloatArray())
          .containsExactly(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
      assertThatThrownBy(() -> Targets.distribution(x, manager.create(new long[2]), 0, false))
          .hasMessageStartingWith(
              "class indices of shape (2) do not fit predictions of shape (3, 4)");
    }
  }

  @Test
  void leftOutPlacesAreLeftOutOfTheMeanAsInPyTorch() {
    try (NDManager manager = NDManager.newBaseManager()) {
      double[] logits = new Random(5).doubles(4 * 3, -2, 2).toArray();
      NDArray x = manager.create(logits, new Shape(4, 3));
      NDArray y = manager.create(new long[] {1, -100, -100, 2});
      NDArray smoothed = Targets.distribution(x, y, 0.1, true);
      var pytorch = new CrossEntropy(new CrossEntropy.Options(0.1));
      assertThat(new CrossEntropy().loss(new NDList(x), new NDList(smoothed)).getDouble())
          .isCloseTo(pytorch.loss(new NDList(x), new NDList(y)).getDouble(), within(1e-12));
      for (long wrong : new long[] {3, -1}) {
        assertThatThrownBy(() ->
                Targets.distribution(x, manager.create(new long[] {1, 2, wrong, 0}), 0.1, false))
            .hasMessageStartingWith("a target is no class index in [0, 3)");
      }
    }
  }

  @Test
  void leftOutPlacesStayLeftOutWhoeverMixesAndSmooths() {
    try (NDManager manager = NDManager.newBaseManager();
        var _ = Autograd.on()) {
      double[] logits = new Random(6).doubles(4 * 3, -2, 2).toArray();
      NDList y = new NDList(manager.create(new long[] {1, -100, -100, 2}));
      var option = new CrossEntropy(new CrossEntropy.Options(0.1));
      var callback = new LabelSmoothing().over(new CrossEntropy());
      var twice = new LabelSmoothing().over(option);
      Pairs mix = Pairs.of(manager, new int[] {0, 1, 3, 2}, 0.9, 0.6, 0.75, 0.5);
      Pairs none = Pairs.of(manager, new int[] {0, 1, 3, 2}, 1, 1, 1, 1);
      for (Pairs pairs : List.of(mix, none)) {
        var expected =
            value(new Mixed("", option, pairs, Interpolation.LOSS), manager, logits, y, 2);
        for (LossFunction loss : List.of(option, callback)) {
          for (Interpolation way : Interpolation.values()) {
            assertThat(value(new Mixed("", loss, pairs, way), manager, logits, y, 2))
                .as("%s, %s", loss, way)
                .isCloseTo(expected, within(1e-7)); // weights are float32
          }
        }
      }
      assertThat(value(new Mixed("", option, none, Interpolation.LOSS), manager, logits, y, 2))
          .isCloseTo(value(option, manager, logits, y, 2), within(1e-12));
      assertThat(value(twice, manager, logits, y, 2)).isFinite();
    }
  }

  /// {@return a loss, once it is seen that a row without a target has no gradient}
  private static double value(
      LossFunction loss, NDManager manager, double[] logits, NDList targets, int row) {
    NDArray x = manager.create(logits, new Shape(4, 3));
    x.setRequiresGradient(true);
    NDArray value = loss.loss(new NDList(x), targets);
    Autograd.backward(value, false);
    double[] gradient = x.getGradient().toDoubleArray();
    assertThat(new double[] {gradient[3], gradient[4], gradient[5]}).containsOnly(0);
    return value.getDouble();
  }

  @Test
  void lossesThatTakeNoProbabilitiesAreRefused() {
    var djl = new DjlLoss(Loss.softmaxCrossEntropyLoss());
    try (Learner learner = Drawn.learner().loss(djl).callbacks(new LabelSmoothing()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasStackTraceContaining("such as 'cross-entropy', not 'SoftmaxCrossEntropyLoss'");
    }
  }

  @Test
  void lossesOfNumbersAreRefused() {
    try (Learner learner =
        Drawn.learner().loss(new Mse()).callbacks(new LabelSmoothing()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasStackTraceContaining(
              "label smoothing is for losses of classes, but loss 'mse' compares numbers");
    }
    assertThatThrownBy(() -> new LabelSmoothing.Options(2))
        .hasMessage("smoothing is 2; it must be in [0, 1]");
  }
}
