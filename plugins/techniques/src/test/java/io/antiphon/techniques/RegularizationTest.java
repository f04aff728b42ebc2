package io.antiphon.techniques;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Batch;
import io.antiphon.core.BlockHook;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Recurrent;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.models.Dropout;
import io.antiphon.models.ResNet;
import io.antiphon.models.Residual;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.ThreadRanks;
import io.antiphon.testkit.TinyTask;
import io.antiphon.training.GradientClip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RegularizationTest {
  private static Learner.Builder resNet() {
    return TinyTask.learner().model(ResNet.of(new ResNet.Options(List.of(4, 8), 2, 0.3), 2));
  }

  private static Learner.Builder dropping() {
    return TinyTask.learner()
        .model(
            new SequentialBlock()
                .add(Blocks.batchFlattenBlock())
                .add(new Dropout(0.5))
                .add(Linear.builder().setUnits(2).build()))
        .loss(new CrossEntropy());
  }

  @Test
  void noiseHasItsDeviationAndWanes() {
    var deviations = new ArrayList<Double>();
    var watch =
        new Callback() {
          private double[] before = {};

          @Override
          public Order order() {
            return Order.CLIP.runBefore("gradient-noise");
          }

          @Override
          public void beforeStep(Batch batch) {
            before = gradient(batch);
          }

          @Override
          public void afterStep(Batch batch) {
            double[] after = gradient(batch);
            double sum = 0;
            for (int i = 0; i < after.length; i++) {
              sum += Math.pow(after[i] - before[i], 2) / after.length;
            }
            deviations.add(Math.sqrt(sum));
          }
        };
    var model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(200).build())
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner =
        TinyTask.learner().model(model).callbacks(new GradientNoise(0.3, 0.55), watch).build()) {
      learner.fit(1);
    }
    for (int step = 0; step < 3; step++) {
      double expected = Math.sqrt(0.3 / Math.pow(1 + step, 0.55));
      assertThat(deviations.get(step)).isCloseTo(expected, Offset.offset(0.03 * expected));
    }
  }

  private static double[] gradient(Batch batch) {
    try (NDManager scratch = batch.manager().newSubManager()) {
      return batch
          .gradients()
          .arrays(scratch)
          .head()
          .toType(DataType.FLOAT64, true)
          .toDoubleArray();
    }
  }

  @Test
  void noiseIsTheSameOnAllRanks() {
    List<double[]> noise =
        ThreadRanks.run(
            2,
            ranks -> {
              var added = new double[1][];
              var watch =
                  new Callback() {
                    private double[] before = {};

                    @Override
                    public Order order() {
                      return Order.CLIP.runBefore("gradient-noise");
                    }

                    @Override
                    public void beforeStep(Batch batch) {
                      before = gradient(batch);
                    }

                    @Override
                    public void afterStep(Batch batch) {
                      double[] after = gradient(batch);
                      Arrays.setAll(after, i -> after[i] - before[i]);
                      added[0] = after;
                    }
                  };
              try (Learner learner =
                  TinyTask.learner()
                      .ranks(ranks)
                      .callbacks(new GradientNoise(1, 0), watch)
                      .build()) {
                learner.fit(1);
              }
              return added[0];
            });
    assertThat(noise.getFirst()).containsExactly(noise.getLast(), Offset.offset(1e-5));
  }

  @Test
  void noiseComesAfterClipping() {
    try (Learner learner =
        TinyTask.learner().callbacks(new GradientNoise(1, 0), GradientClip.norm(1)).build()) {
      assertThat(learner.explain()).containsPattern("BEFORE_STEP +gradient-clip, gradient-noise");
    }
  }

  @Test
  void dropoutDropsInValidationAndProbabilitiesAreMeans() {
    try (Learner learner = dropping().build();
        NDManager manager = NDManager.newBaseManager()) {
      NDArray once = predicted(learner, manager, new MonteCarloDropout(1));
      assertThat(once.toFloatArray()).isNotEqualTo(predicted(learner, manager).toFloatArray());
      assertThat(once.toFloatArray())
          .containsExactly(predicted(learner, manager, new MonteCarloDropout(1)).toFloatArray());

      var passes = new ArrayList<NDArray>();
      var watch =
          new Callback() {
            @Override
            public java.util.Set<io.antiphon.core.Purpose> purposes() {
              return java.util.EnumSet.allOf(io.antiphon.core.Purpose.class);
            }

            @Override
            public void beforeFit(Fit fit) {
              List<Layer> layers = Layer.of(fit.model(), List.of());
              fit.hook(
                  layers.getLast().block(),
                  BlockHook.looking((batch, block, outputs) -> {
                    if (batch.index() == 0) {
                      NDArray copy = outputs.head().duplicate();
                      copy.attach(manager);
                      passes.add(copy.softmax(1));
                    }
                  }));
            }
          };
      NDArray mean = predicted(learner, manager, new MonteCarloDropout(3), watch);
      assertThat(passes).hasSize(3);
      NDArray expected = passes.get(0).add(passes.get(1)).add(passes.get(2)).div(3);
      assertThat(mean.get("0:8").exp().toFloatArray())
          .containsExactly(expected.toFloatArray(), Offset.offset(1e-5f));
    }
  }

  @Test
  void whatRemembersIsNotRunSeveralTimes() {
    var model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(2).build())
            .add(new Remembering());
    try (Learner learner = TinyTask.learner().model(model).build()) {
      assertThatThrownBy(() -> learner.validate(new MonteCarloDropout(2)))
          .hasMessageContaining("a model that remembers something");
    }
  }

  /// Takes itself for a recurrent layer.
  private static final class Remembering extends LambdaBlock implements Recurrent {
    Remembering() {
      super(list -> list);
    }

    @Override
    public void reset() {}

    @Override
    public NDList state(NDManager manager) {
      return new NDList();
    }

    @Override
    public void restore(NDList state) {}
  }

  private static NDArray predicted(Learner learner, NDManager owner, Callback... callbacks) {
    return learner.predict(learner.validData().orElseThrow(), owner, callbacks).head();
  }

  @Test
  void residualBlocksAreLeftOutByChanceTheLaterOnesMoreOften() {
    List<Double> kept = new ArrayList<>();
    var model = ResNet.of(new ResNet.Options(List.of(4), 4, 0), 2);
    var changes = new int[4];
    var samples = new int[4];
    var watch =
        new Callback() {
          @Override
          public Order order() {
            return Order.DEFAULT.runAfter("stochastic-depth");
          }

          @Override
          public void beforeFit(Fit fit) {
            List<Block> blocks =
                Layer.of(fit.model(), List.of()).stream()
                    .map(Layer::block)
                    .filter(each -> each instanceof Residual r && r.addsItsInput())
                    .toList();
            assertThat(blocks).hasSize(4);
            for (int i = 0; i < 4; i++) {
              int place = i;
              fit.hook(
                  blocks.get(i),
                  (batch, block, inputs, training, inner) -> {
                    NDList outputs = inner.run(inputs, training);
                    if (training) {
                      float[] rows =
                          outputs
                              .head()
                              .sub(inputs.head())
                              .abs()
                              .sum(new int[] {1, 2, 3})
                              .toFloatArray();
                      for (float row : rows) {
                        samples[place]++;
                        changes[place] += row > 0 ? 1 : 0;
                      }
                    }
                    return outputs;
                  });
            }
          }
        };
    try (Learner learner =
        TinyTask.learner()
            .model(model)
            .callbacks(new StochasticDepth(0.8, StochasticDepth.Growth.LINEAR), watch)
            .build()) {
      learner.fit(20);
    }
    for (int i = 0; i < 4; i++) {
      kept.add((double) changes[i] / samples[i]);
      double expected = 1 - 0.8 * (i + 1) / 4;
      assertThat(kept.get(i)).isCloseTo(expected, Offset.offset(0.1)); // of 480, the seed is fixed
    }
  }

  @Test
  void whatIsKeptIsDividedByItsProbabilityAndValidationIsUntouched() {
    double plain;
    try (Learner learner = resNet().build()) {
      plain = learner.validate().loss();
    }
    try (Learner learner =
        resNet().callbacks(new StochasticDepth(0.5, StochasticDepth.Growth.UNIFORM)).build()) {
      assertThat(learner.validate().loss()).isEqualTo(plain);
      learner.fit(1);
    }
  }

  @Test
  void imagesGrowFromHalfTheirSize() {
    var resizing = new ProgressiveResizing(new ProgressiveResizing.Options().increment(1));
    assertThat(resizing.scale(0)).isEqualTo(0.5);
    assertThat(resizing.scale(0.5)).isEqualTo(0.5);
    assertThat(resizing.scale(0.65)).isCloseTo(0.75, Offset.offset(1e-9));
    assertThat(resizing.scale(0.8)).isEqualTo(1);
    assertThat(resizing.scale(1)).isEqualTo(1);
    for (int delay = 0; delay <= 100; delay++) { // shares that leave nothing to grow in
      var jump =
          new ProgressiveResizing(
              new ProgressiveResizing.Options(
                  ProgressiveResizing.Mode.RESIZE, 0.5, delay / 100.0, (100 - delay) / 100.0, 1));
      assertThat(jump.scale(0)).isEqualTo(delay == 0 ? 1 : 0.5);
      assertThat(jump.scale(1)).isEqualTo(1);
    }
    for (ProgressiveResizing.Mode mode : ProgressiveResizing.Mode.values()) {
      var sizes = new ArrayList<Shape>();
      var watch =
          new Callback() {
            @Override
            public void beforeBatch(Batch batch) {
              sizes.add(batch.inputs().head().getShape().slice(2));
            }
          };
      try (Learner learner =
          resNet()
              .callbacks(
                  new ProgressiveResizing(
                      new ProgressiveResizing.Options().increment(1).mode(mode)),
                  watch)
              .build()) {
        learner.fit(4);
      }
      assertThat(sizes)
          .startsWith(new Shape(3, 3))
          .element(2 * 5 + 2)
          .satisfies(size -> assertThat(size.get(0)).isBetween(4L, 5L));
      assertThat(sizes).endsWith(new Shape(6, 6));
      assertThat(sizes.get(3)).isEqualTo(new Shape(6, 6)); // validation
    }
  }

  @Test
  void aModelForImagesOfOneSizeIsRefused() {
    try (Learner learner =
        TinyTask.learner()
            .callbacks(new ProgressiveResizing(new ProgressiveResizing.Options()))
            .build()) {
      assertThatThrownBy(learner::check)
          .hasMessageStartingWith("progressive-resizing begins with images of 4 × 4");
    }
  }

  @Test
  void allKeepTheContract() {
    CallbackContract.of(() -> new MonteCarloDropout(2)).on(RegularizationTest::dropping).verify();
    CallbackContract.of(() -> new StochasticDepth(0.5, StochasticDepth.Growth.LINEAR))
        .on(() -> resNet())
        .verify();
    CallbackContract.of(
            () -> new ProgressiveResizing(new ProgressiveResizing.Options().increment(2)))
        .on(() -> resNet())
        .verify();
  }
}
