package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Tunable;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;

class OneOfTest {
  @Test
  void mixupAndCutmixAtOnceAreRefusedAtTheStartUnlessTheSwitcherHoldsThem() {
    try (Learner learner = Drawn.linear().callbacks(new Mixup(), new Cutmix()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "callbacks 'mixup' and 'cutmix' both replace the loss function; leave one of them out");
    }
    try (Learner learner = Drawn.linear().callbacks(new OneOf(), new Cutmix()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessageContaining("callbacks 'one-of' and 'cutmix' both replace the loss function");
    }
    try (Learner learner =
        Drawn.linear().callbacks(new OneOf(), new Cutout(), new LabelSmoothing()).build()) {
      assertThat(learner.explain()).contains("one-of");
    }
  }

  @Test
  void itDrawsByWeightAndAppliesOnlyWhatItDraws() {
    var counts = new long[3];
    var weighted =
        new OneOf(
            List.of(
                new OneOf.Choice(counting(counts, 0), 1),
                new OneOf.Choice(counting(counts, 1), 3),
                new OneOf.Choice(BatchTransform.none(), 0),
                new OneOf.Choice(counting(counts, 2), 4)));
    try (Learner learner = Drawn.linear().callbacks(weighted).seed(21).build()) {
      learner.fit(200);
    }
    assertThat(counts[0] + counts[1] + counts[2]).isEqualTo(600);
    assertThat(new ChiSquareTest().chiSquareTest(new double[] {75, 225, 300}, counts))
        .as("seed 21")
        .isGreaterThan(0.01);
  }

  private static BatchTransform counting(long[] counts, int index) {
    return BatchTransform.of("counting", (_, _) -> counts[index]++);
  }

  @Test
  void mixedBatchesAreOfTheOneOrTheOther() {
    var probe = new Probe();
    try (Learner learner = Drawn.linear().callbacks(probe.before, new OneOf(), probe).build()) {
      learner.fit(5);
    }
    assertThat(probe.batches.stream().map(seen -> seen.shares().size()))
        .hasSize(15)
        .containsOnly(1, 8);
  }

  @Test
  void itsOptionsNameWhatMayBeDrawn() {
    var options =
        new OneOf.Options(
            new OneOf.Weights(0, 2, 1, 0, 1),
            new Mixup.Options(),
            new Cutmix.Options(0.3, Lambda.PER_SAMPLE, Interpolation.LOSS),
            new Cutout.Options(),
            new RandomErasing.Options());
    var oneOf = new OneOf(options);
    assertThat(oneOf.choices().stream().map(choice -> choice.transform().name()))
        .containsExactly("cutmix", "cutout", "none");
    assertThat(oneOf.tunables().stream().map(Tunable::toString))
        .containsExactly("cutmix-alpha 0.3", "cutout-length 0.5");
    assertThat(OneOf.of(new Cutout(), BatchTransform.none()).replaces()).isEmpty();
    assertThatThrownBy(() -> new OneOf.Weights(0, 0, 0, 0, 0))
        .hasMessage("all weights are 0; at least one must be positive");
    assertThatThrownBy(() -> new OneOf.Weights(1, -1, 0, 0, 0))
        .hasMessage("cutmix is -1; it must be finite and at least 0");
    assertThatThrownBy(() -> new OneOf.Weights(1e308, 1e308, 0, 0, 0))
        .hasMessage("the sum of the weights is too great for a number; give smaller ones");
  }

  @Test
  void whatDoesMoreThanTransformIsRefused() {
    var counting =
        new BatchTransform() {
          private int batches;

          @Override
          public String name() {
            return "counting";
          }

          @Override
          public void beforeFit(Fit fit) {
            batches = 0;
          }

          @Override
          public void transform(Batch batch, RandomGenerator random) {
            batches++;
          }
        };
    assertThatThrownBy(() -> OneOf.of(new Mixup(), counting))
        .hasMessage(
            "'counting' implements beforeFit, which one-of does not pass on: it calls transform"
                + " alone; do it in a callback beside it");
  }

  @Test
  void aFunctionOfOnesOwnChangesTrainingBatchesOnly() {
    var probe = new Probe();
    BatchTransform flip =
        BatchTransform.of(
            "flip",
            (Batch batch, RandomGenerator random) -> {
              if (random.nextBoolean()) {
                batch.inputs(new NDList(batch.inputs().head().flip(3)));
              }
            });
    assertThat(flip.name()).isEqualTo("flip");
    try (Learner learner = Drawn.linear().callbacks(probe.before, flip, probe).build()) {
      learner.fit(6);
    }
    long flipped = probe.batches.stream().filter(s -> !s.before().equals(s.after())).count();
    assertThat(flipped).isBetween(4L, 14L);
  }
}
