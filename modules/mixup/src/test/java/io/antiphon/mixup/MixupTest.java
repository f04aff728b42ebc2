package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.loss.Loss;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Order;
import io.antiphon.core.Tunable;
import io.antiphon.losses.BinaryCrossEntropy;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.losses.DjlLoss;
import io.antiphon.losses.Mse;
import io.antiphon.torch.Autograd;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MixupTest {
  private static final int PIXELS = 36;

  @ParameterizedTest
  @EnumSource(Lambda.class)
  void inputsAndLossesAreMixedByTheSameShares(Lambda lambda) {
    var probe = new Probe();
    var mixup = new Mixup(new Mixup.Options(0.4, lambda, Interpolation.AUTO));
    fit(2, probe, mixup);
    assertThat(probe.batches).hasSize(6);
    for (Probe.Seen seen : probe.batches) {
      assertThat(seen.shares()).hasSize(lambda == Lambda.PER_BATCH ? 1 : 8);
      assertThat(seen.shares()).allMatch(share -> share >= 0.5 && share <= 1);
      for (int i = 0; i < seen.before().size(); i++) {
        int sample = i / PIXELS;
        double share = seen.shares().get(lambda == Lambda.PER_BATCH ? 0 : sample);
        int other = seen.partners().get(sample) * PIXELS + i % PIXELS;
        assertThat((double) seen.after().get(i))
            .isCloseTo(
                share * seen.before().get(i) + (1 - share) * seen.before().get(other),
                within(1e-6));
      }
      assertThat(seen.value()).isCloseTo(seen.expected(), within(1e-5));
    }
    assertThat(probe.validInputs).hasSize(4);
  }

  private static void fit(int epochs, Probe probe, BatchTransform transform) {
    try (Learner learner = Drawn.linear().callbacks(probe.before, transform, probe).build()) {
      learner.fit(epochs);
    }
  }

  @Test
  void theSameSeedGivesTheSameMixesAlsoInASecondFit() {
    var once = new Probe();
    var twice = new Probe();
    var other = new Probe();
    fit(3, once, new Mixup());
    try (Learner learner = Drawn.linear().callbacks(twice.before, new Mixup(), twice).build();
        Learner another =
            Drawn.linear().seed(8).callbacks(other.before, new Mixup(), other).build()) {
      learner.fit(1);
      learner.fit(2);
      another.fit(3);
    }
    assertThat(twice.shares()).isEqualTo(once.shares()).isNotEqualTo(other.shares());
    assertThat(new HashSet<>(once.shares())).hasSizeGreaterThan(50);
  }

  @Test
  void theDataOfALoaderThatGivesViewsStayAsTheyAre() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = images(manager, 16);
      NDArray y = manager.create(new long[16]);
      float[] before = x.toFloatArray();
      List<BatchTransform> all =
          List.of(
              new Mixup(),
              new Cutmix(),
              new Cutmix(new Cutmix.Options(1, Lambda.PER_SAMPLE, Interpolation.AUTO)),
              new Cutout(),
              new RandomErasing(new RandomErasing.Options(1, 0.1, 0.4, 0.3, true)));
      for (BatchTransform transform : all) {
        var probe = new Probe();
        try (Learner learner =
            Drawn.linear()
                .train(new Views(x, y))
                .callbacks(probe.before, transform, probe)
                .build()) {
          learner.fit(2);
        }
        assertThat(probe.batches).anyMatch(seen -> !seen.before().equals(seen.after()));
        assertThat(x.toFloatArray()).as(transform.name()).isEqualTo(before);
      }
    }
  }

  static NDArray images(NDManager manager, int count) {
    var random = new Random(4);
    var pixels = new float[count * PIXELS];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return manager.create(pixels, new Shape(count, 1, 6, 6));
  }

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void gradientsOfTheMixedLossAreItsFiniteDifferences(Interpolation interpolation) {
    var random = new Random(9);
    try (NDManager manager = NDManager.newBaseManager();
        var _ = Autograd.on()) {
      double[] logits = random.doubles(4 * 3, -2, 2).toArray();
      NDList classes = new NDList(manager.create(new long[] {0, 2, 1, 1}));
      int[] partners = {2, 0, 3, 1};
      for (Pairs pairs :
          List.of(
              Pairs.of(manager, partners, 0.9, 0.55, 1, 0.7), Pairs.of(manager, partners, 0.6))) {
        var loss = new Mixed("mixup", new CrossEntropy(), pairs, interpolation);
        NDArray x = manager.create(logits, new Shape(4, 3));
        x.setRequiresGradient(true);
        Autograd.backward(loss.loss(new NDList(x), classes), false);
        double[] gradient = x.getGradient().toDoubleArray();
        for (int i = 0; i < logits.length; i++) {
          double slope =
              (at(loss, manager, logits, i, 1e-6, classes)
                      - at(loss, manager, logits, i, -1e-6, classes))
                  / 2e-6;
          assertThat(gradient[i]).as("logit %d, seed 9", i).isCloseTo(slope, within(1e-8));
        }
      }
    }
  }

  private static double at(
      LossFunction loss, NDManager manager, double[] logits, int i, double step, NDList classes) {
    double[] moved = logits.clone();
    moved[i] += step;
    return loss.loss(new NDList(manager.create(moved, new Shape(4, 3))), classes).getDouble();
  }

  @Test
  void mixingTheLossAndMixingOneHotTargetsAreTheSameForCrossEntropy() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(manager.create(new float[] {1, 2, -1, 0, 3, 1}, new Shape(2, 3)));
      NDList classes = new NDList(manager.create(new int[] {2, 0}));
      NDList oneHot = new NDList(manager.create(new float[] {0, 0, 1, 1, 0, 0}, new Shape(2, 3)));
      Pairs pairs = Pairs.of(manager, new int[] {1, 0}, 0.8, 0.6);
      var values = new ArrayList<Float>();
      for (Interpolation way : Interpolation.values()) {
        var loss = new Mixed("mixup", new CrossEntropy(), pairs, way);
        values.add(loss.loss(x, classes).getFloat());
        values.add(loss.loss(x, oneHot).getFloat());
        values.add(loss.perSample(x, classes).mean().getFloat());
        values.add(loss.perSample(x, oneHot).mean().getFloat());
      }
      assertThat(values).allMatch(value -> Math.abs(value - values.getFirst()) < 1e-6);
    }
  }

  @Test
  void numbersAreMixedThemselvesAndNeedNoLossPerSample() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(manager.create(new float[] {1, 2}, new Shape(2, 1)));
      NDList y = new NDList(manager.create(new float[] {3, 7}));
      Pairs pairs = Pairs.of(manager, new int[] {1, 0}, 0.75, 0.5);
      // mixed targets 4 and 5
      var mse = new Mixed("mixup", new Mse(), pairs, Interpolation.AUTO);
      assertThat(mse.loss(x, y).getFloat()).isEqualTo(9);
      var djl = new Mixed("mixup", new DjlLoss(Loss.l2Loss()), pairs, Interpolation.AUTO);
      assertThat(djl.loss(x, y).getFloat()).isEqualTo(4.5f);
      // the losses mixed: 0.75 · 4 + 0.25 · 36, 0.5 · 25 + 0.5 · 1
      var losses = new Mixed("mixup", new Mse(), pairs, Interpolation.LOSS);
      assertThat(losses.loss(x, y).getFloat()).isEqualTo(12.5f);
      NDList whole = new NDList(manager.create(new int[] {3, 7}, new Shape(2, 1)));
      assertThat(mse.loss(x, whole).getFloat()).isEqualTo(9);
    }
  }

  @Test
  void aLossWithoutValuesPerSampleIsRefusedWithTheReason() {
    var djl = new DjlLoss(Loss.softmaxCrossEntropyLoss());
    try (Learner learner = Drawn.learner().loss(djl).callbacks(new Mixup()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessageContaining("mixup draws a share for every sample")
          .hasMessageContaining("loss 'SoftmaxCrossEntropyLoss' gives only the mean of a batch")
          .hasMessageContaining("lambda: per-batch");
      assertThat(learner.lossFunction()).isSameAs(djl);
    }
    var perBatch = new Mixup(new Mixup.Options(0.4, Lambda.PER_BATCH, Interpolation.LOSS));
    try (Learner learner = Drawn.learner().loss(djl).callbacks(perBatch).build()) {
      learner.fit(1);
    }
  }

  @Test
  void classIndicesInFloatingPointAreNeverMixedThemselves() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(manager.create(new float[] {1, 2, -1, 0, 3, 1}, new Shape(2, 3)));
      NDList y = new NDList(manager.create(new float[] {2, 0}));
      Pairs pairs = Pairs.of(manager, new int[] {1, 0}, 0.75);
      var djl = new DjlLoss(Loss.softmaxCrossEntropyLoss());
      float expected =
          new Mixed("", new CrossEntropy(), pairs, Interpolation.LOSS).loss(x, y).getFloat();
      assertThat(new Mixed("mixup", djl, pairs, Interpolation.AUTO).loss(x, y).getFloat())
          .isCloseTo(expected, within(1e-6f));
      LossFunction unknown = (predictions, targets) -> djl.loss(predictions, targets);
      assertThatThrownBy(() -> new Mixed("mixup", unknown, pairs, Interpolation.AUTO).loss(x, y))
          .hasMessageContaining("mixup cannot tell whether targets of type float32 and shape (2)")
          .hasMessageEndingWith("say interpolate: loss or interpolate: targets");
    }
  }

  @Test
  void targetsThatCannotBeMixedAsToldAreRefusedAndTruthValuesAreNumbers() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Pairs pairs = Pairs.of(manager, new int[] {1, 0}, 0.75, 0.5);
      NDList one = new NDList(manager.create(new float[] {1, -2}, new Shape(2, 1)));
      NDList truths = new NDList(manager.create(new boolean[] {true, false}));
      NDList shares = new NDList(manager.create(new float[] {0.75f, 0.5f}));
      var logistic = new BinaryCrossEntropy();
      assertThat(new Mixed("", logistic, pairs, Interpolation.TARGETS).loss(one, truths).getFloat())
          .isEqualTo(logistic.loss(one, shares).getFloat());
      NDList three = new NDList(manager.zeros(new Shape(2, 3)));
      NDList classes = new NDList(manager.create(new long[] {2, 0}));
      assertThatThrownBy(() ->
              new Mixed("mixup", new Mse(), pairs, Interpolation.TARGETS).loss(three, classes))
          .hasMessage(
              "mixup mixes targets as numbers under loss 'mse', so there must be one for each"
                  + " prediction, but their shapes are (2) and (2, 3); reshape them, or say"
                  + " interpolate: loss");
      var djl = new DjlLoss(Loss.softmaxCrossEntropyLoss());
      assertThatThrownBy(
              () -> new Mixed("mixup", djl, pairs, Interpolation.TARGETS).loss(three, classes))
          .hasMessageContaining("loss 'SoftmaxCrossEntropyLoss' takes classes alone");
      NDList more = new NDList(manager.create(new long[] {2, 0, 1}));
      for (Interpolation way : Interpolation.values()) {
        assertThatThrownBy(
                () -> new Mixed("mixup", new CrossEntropy(), pairs, way).loss(three, more))
            .hasMessageStartingWith(
                "mixup mixed a batch of 2 samples, but the loss is given targets of shape (3)");
      }
    }
  }

  @Test
  void alphaFollowsAScheduleAndZeroMixesNothing() {
    var probe = new Probe();
    var mixup = new Mixup();
    Tunable alpha = mixup.tunables().getFirst();
    assertThat(alpha.name()).isEqualTo("alpha");
    var schedule =
        new Callback() {
          @Override
          public Order order() {
            return Order.TRANSFORM.runBefore(Mixup.class);
          }

          @Override
          public void beforeBatch(Batch batch) {
            batch.fit().set(alpha, batch.fit().trainIter() == 0 ? 0 : 200);
          }
        };
    try (Learner learner = Drawn.linear().callbacks(probe.before, schedule, mixup, probe).build()) {
      learner.fit(2);
    }
    assertThat(probe.batches.getFirst().shares()).isEmpty();
    assertThat(probe.batches.getFirst().after()).isEqualTo(probe.batches.getFirst().before());
    assertThat(probe.batches.get(4).shares()).hasSize(8).allMatch(share -> share < 0.62);
    assertThat(alpha.get()).isEqualTo(0.4);
  }

  @Test
  void allFloatingPointInputsAreMixedAndOthersRefused() {
    var model =
        new SequentialBlock()
            .add(inputs -> new NDList(inputs.get(0).add(inputs.get(1))))
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(2).build());
    var twin = early(x -> new NDList(x, x.mul(2)));
    var ratio =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            float[] ones = batch.inputs().get(0).toFloatArray();
            float[] twos = batch.inputs().get(1).toFloatArray();
            for (int i = 0; i < ones.length; i++) {
              assertThat(twos[i]).isCloseTo(2 * ones[i], within(1e-5f));
            }
          }
        };
    try (Learner learner =
        Drawn.learner().model(initialized(model)).callbacks(twin, new Mixup(), ratio).build()) {
      learner.fit(1);
    }
    var whole = early(x -> new NDList(x.toType(DataType.INT32, true)));
    try (Learner learner = Drawn.linear().callbacks(whole, new Mixup()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessageContaining("callback 'mixup'")
          .hasStackTraceContaining("one of type int32; give floating-point inputs");
    }
  }

  @Test
  void inputsOfDifferentLengthAreRefused() {
    var longer = early(x -> new NDList(x, x.concat(x)));
    try (Learner learner = Drawn.linear().callbacks(longer, new Mixup()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasStackTraceContaining(
              "mixup mixes the samples of all inputs alike, but one has 8 of them and one shape"
                  + " (16, 1, 6, 6)");
    }
  }

  /// {@return a callback that changes inputs before all others}
  private static Callback early(Function<NDArray, NDList> change) {
    return new Callback() {
      @Override
      public Order order() {
        return Order.at(-500);
      }

      @Override
      public void beforeBatch(Batch batch) {
        batch.inputs(change.apply(batch.inputs().head()));
      }
    };
  }

  private static SequentialBlock initialized(SequentialBlock model) {
    model.initialize(
        NDManager.newBaseManager(), DataType.FLOAT32, new Shape(8, 1, 6, 6), new Shape(8, 1, 6, 6));
    return model;
  }

  @Test
  void alphaOutOfRangeIsRefused() {
    assertThatThrownBy(() -> new Mixup.Options(-1, Lambda.PER_SAMPLE, Interpolation.AUTO))
        .hasMessage("alpha is -1; it must be in [0, 1000]");
    assertThatThrownBy(() -> new Mixup().alpha().set(Double.NaN))
        .hasMessage("alpha is NaN; it must be in [0, 1000]");
  }
}
