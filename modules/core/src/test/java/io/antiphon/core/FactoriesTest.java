package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A loss, a metric and data of one's own, each from a function.
class FactoriesTest {
  private static final LossFunction SQUARED =
      LossFunction.ofSamples(
          "squared",
          (predictions, targets) ->
              predictions.head().sub(targets.head()).square().mean(new int[] {1}));

  /// Samples that weigh differently in the mean: their weights are the second array of targets.
  private record Weighted(LossFunction inner) implements LossFunction.Wrapper {
    @Override
    public NDArray loss(NDList predictions, NDList targets) {
      NDArray weights = targets.get(1);
      return perSample(predictions, targets).sum().div(weights.sum().maximum(1)); // all may be 0
    }

    @Override
    public NDArray perSample(NDList predictions, NDList targets) {
      return inner.perSample(predictions, targets.subNDList(0, 1)).mul(targets.get(1));
    }

    @Override
    public Optional<NDArray> counted(NDList predictions, NDList targets) {
      return Optional.of(targets.get(1).sum());
    }
  }

  /// A loss of which every sample counts half.
  private record Half(LossFunction inner) implements LossFunction.Wrapper {
    @Override
    public NDArray loss(NDList predictions, NDList targets) {
      return inner.loss(predictions, targets).mul(0.5);
    }

    @Override
    public NDArray perSample(NDList predictions, NDList targets) {
      return inner.perSample(predictions, targets).mul(0.5);
    }
  }

  @Test
  void aLossOfSamplesHasTheirMeanTheirValuesAndMixesThem() {
    try (NDManager manager = NDManager.newBaseManager()) {
      double[][] p = {{1, 2}, {3, 5}, {-1, 0.5}};
      double[][] t = {{0, 2}, {1, 1}, {4, -2}};
      double[][] w = {{0.25, 0.75}, {1, 0}, {0.5, 0.5}};
      int[] partners = {2, 0, 1};
      var own = new double[3];
      double mixed = 0;
      for (int i = 0; i < 3; i++) {
        own[i] = squared(p[i], t[i]);
        mixed += (w[i][0] * own[i] + w[i][1] * squared(p[i], t[partners[i]])) / 3;
      }
      var predictions = new NDList(matrix(manager, p));
      var targets = new NDList(matrix(manager, t));
      assertThat(SQUARED.hasPerSample()).isTrue();
      assertThat(SQUARED).hasToString("squared");
      assertThat(SQUARED.counted(predictions, targets)).isEmpty();
      assertThat(SQUARED.perSample(predictions, targets).toDoubleArray())
          .containsExactly(own, within(1e-14));
      assertThat(SQUARED.loss(predictions, targets).getDouble())
          .isCloseTo(Arrays.stream(own).average().orElseThrow(), within(1e-14));
      NDArray weights = matrix(manager, w);
      NDArray pairs = manager.create(partners);
      assertThat(SQUARED.mixed(predictions, targets, pairs, weights).getDouble())
          .isCloseTo(mixed, within(1e-14));
      assertThat(new Half(SQUARED).mixed(predictions, targets, pairs, weights).getDouble())
          .isCloseTo(mixed / 2, within(1e-14));
    }
  }

  private static NDArray matrix(NDManager manager, double[][] rows) {
    return manager.create(
        Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(),
        new Shape(rows.length, rows[0].length));
  }

  private static double squared(double[] a, double[] b) {
    return IntStream.range(0, a.length)
        .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
        .average()
        .orElseThrow();
  }

  @Test
  void aLossOfSamplesThatGivesSomethingElseIsRefused() {
    var mean = LossFunction.ofSamples((predictions, _) -> predictions.head().mean());
    try (NDManager manager = NDManager.newBaseManager()) {
      var some = new NDList(manager.ones(new Shape(4, 2)));
      assertThatThrownBy(() -> mean.loss(some, some))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "loss 'a loss of samples' gives an array of shape () for 4 samples; it must be [4],"
                  + " one number for each sample: take the mean over the other axes");
      assertThatThrownBy(
              () -> LossFunction.ofSamples("all", (p, _) -> p.head()).perSample(some, some))
          .hasMessageStartingWith("loss 'all' gives an array of shape (4, 2) for 4 samples");
    }
  }

  @Test
  void aLossOverAnotherPassesThroughWhatItCountsAndWhatItsTargetsMean() {
    var inner =
        new LossFunction() {
          @Override
          public NDArray loss(NDList predictions, NDList targets) {
            return predictions.head().mean();
          }

          @Override
          public Optional<NDArray> counted(NDList predictions, NDList targets) {
            return Optional.of(targets.head().gte(0).sum());
          }

          @Override
          public boolean hasIntegerTargets() {
            return true;
          }
        };
    var over = new Half(inner);
    try (NDManager manager = NDManager.newBaseManager()) {
      var targets = new NDList(manager.create(new long[] {1, -100, 3}));
      var predictions = new NDList(manager.ones(new Shape(3, 4)));
      assertThat(over.counted(predictions, targets).orElseThrow().getLong()).isEqualTo(2);
      assertThat(over.hasIntegerTargets()).isTrue();
      assertThat(over.hasPerSample()).isFalse();
      assertThatThrownBy(() -> over.perSample(predictions, targets))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(new Half(SQUARED).hasPerSample()).isTrue();
      assertThat(new Half(SQUARED).hasIntegerTargets()).isFalse();
    }
  }

  /// A point of the line y = 2x - 1, or one far from it that shall not count.
  private record Point(float x, float y, float weight) {}

  private static List<Point> points(int count) {
    var random = new Random(4);
    var points = new ArrayList<Point>();
    for (int i = 0; i < count; i++) {
      float x = random.nextFloat() * 2 - 1;
      boolean off = i % 3 == 0;
      points.add(new Point(x, off ? 50 : 2 * x - 1, off ? 0 : 1));
    }
    return points;
  }

  private static Samples batch(NDManager manager, List<Point> points) {
    var x = new float[points.size()];
    var y = new float[points.size()];
    var weights = new float[points.size()];
    for (int i = 0; i < points.size(); i++) {
      x[i] = points.get(i).x();
      y[i] = points.get(i).y();
      weights[i] = points.get(i).weight();
    }
    var column = new Shape(points.size(), 1);
    return new Samples(
        new NDList(manager.create(x, column)),
        new NDList(manager.create(y, column), manager.create(weights)),
        points.size());
  }

  @Test
  void aLineIsFoundInAListOfRecordsByAWeightedLossOfOnesOwn() {
    List<Point> points = points(50);
    DataLoader train = DataLoader.of(points, FactoriesTest::batch).batchSize(8).shuffled();
    var values = new ArrayList<Double>();
    var far =
        Metric.mean(
            "far",
            false,
            batch -> batch.predictions().head().sub(batch.targets().head()).abs().gt(10));
    var watch =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (!batch.isTraining()) {
              for (float value :
                  batch.predictions().head().sub(batch.targets().head()).abs().toFloatArray()) {
                values.add(value > 10 ? 1.0 : 0.0);
              }
            }
          }
        };
    try (Learner learner =
        Learner.builder()
            .model(ai.djl.nn.core.Linear.builder().setUnits(1).build())
            .loss(new Weighted(SQUARED))
            .optimizer(Points.sgd(0.1))
            .train(train)
            .valid(DataLoader.of(points, FactoriesTest::batch).batchSize(16))
            .metrics(far)
            .build()) {
      learner.fit(30);
      int arrays = learner.manager().getManagedArrays().size();
      Scores scores = learner.fit(1, watch).valid().orElseThrow();
      assertThat(scores.loss()).isLessThan(1e-4);
      assertThat(values).hasSize(50);
      assertThat(scores.metrics().get("far"))
          .isEqualTo(values.stream().mapToDouble(each -> each).average().orElseThrow())
          .isEqualTo(17 / 50.0);
      assertThat(far.value()).isEqualTo(17 / 50.0); // outlives the pass
      assertThat(far.isHigherBetter()).isFalse();
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
    }
  }

  @Test
  void aMeanOfMeansIsRefusedBecauseBatchesDiffer() {
    Metric mean = Metric.mean("mean", batch -> batch.predictions().head().mean());
    assertThat(mean.isHigherBetter()).isTrue();
    try (Learner learner = Points.learner(1).metrics(mean).build()) {
      assertThatThrownBy(learner::validate)
          .hasStackTraceContaining(
              "metric 'mean' is given an array of shape () for 8 samples; it must be [8], or [8, …]:"
                  + " one number or more for each sample, not their mean");
    }
  }

  @Test
  void aLoaderOfAListGoesThroughItInOrderOrShuffledFromAnywhere() {
    List<Integer> items = IntStream.range(0, 10).boxed().toList();
    ListLoader<Integer> inOrder = DataLoader.of(items, FactoriesTest::numbers).batchSize(4);
    assertThat(inOrder.batches()).isEqualTo(3);
    assertThat(inOrder.samples()).isEqualTo(10);
    assertThat(inOrder.inputShapes()).containsExactly(new Shape(4, 1));
    assertThat(inOrder).hasToString("10 samples in 3 batches of 4");
    assertThat(read(inOrder, 0, 0)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(read(inOrder, 0, 2)).containsExactly(8, 9);
    ListLoader<Integer> shuffled = inOrder.shuffled();
    assertThat(read(shuffled, 3, 0)).containsExactly(Permutation.of(1, 3, 0, 10));
    assertThat(read(shuffled, 3, 1))
        .containsExactly(Arrays.copyOfRange(Permutation.of(1, 3, 0, 10), 4, 10));
    ListLoader<Integer> even = shuffled.dropLast();
    assertThat(even.batches()).isEqualTo(2);
    assertThat(even.samples()).isEqualTo(8);
    assertThat(read(even, 3, 0))
        .containsExactly(Arrays.copyOfRange(Permutation.of(1, 3, 0, 10), 0, 8));
    assertThatThrownBy(() -> inOrder.open(1, 0, 4))
        .hasMessage("an epoch of 3 batches cannot start at batch 4");
    assertThatThrownBy(() -> inOrder.batchSize(0))
        .hasMessage("batch size is 0; it must be at least 1");
    assertThatThrownBy(
            () -> DataLoader.of(List.<Integer>of(), FactoriesTest::numbers).inputShapes())
        .hasMessage("there is no sample, so nothing tells the shapes of inputs; give at least one");
  }

  @Test
  void aBatchThatIsNotOfTheItemsIsRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      var narrow =
          DataLoader.of(
              List.of(1, 2, 3),
              (owner, items) ->
                  new Samples(new NDList(owner.ones(new Shape(1, 3))), new NDList(), items.size()));
      assertThatThrownBy(() -> narrow.open(1, 0, 0).next(manager))
          .hasMessage(
              "a batch of 3 items was made into an array of shape (1, 3); its first axis must be that"
                  + " of the items");
      var miscounted =
          DataLoader.of(
              List.of(1, 2, 3),
              (owner, items) ->
                  new Samples(new NDList(owner.ones(new Shape(3, 1))), new NDList(), 64));
      assertThatThrownBy(() -> miscounted.open(1, 0, 0).next(manager))
          .hasMessage("a batch of 3 items was made into 64 samples; it must be as many");
    }
  }

  private static Samples numbers(NDManager manager, List<Integer> items) {
    int[] numbers = items.stream().mapToInt(each -> each).toArray();
    return new Samples(
        new NDList(manager.create(numbers, new Shape(numbers.length, 1))),
        new NDList(),
        numbers.length);
  }

  private static int[] read(DataLoader loader, long epoch, int first) {
    try (NDManager manager = NDManager.newBaseManager();
        var batches = loader.open(1, epoch, first)) {
      var all = new ArrayList<Integer>();
      while (batches.hasNext()) {
        for (int number : batches.next(manager).inputs().head().toIntArray()) {
          all.add(number);
        }
      }
      return all.stream().mapToInt(each -> each).toArray();
    }
  }

  @Test
  void aMetricIsComputedFromOthersOverTheWholePassInTrainingToo() {
    Metric small = Metric.mean("small", batch -> batch.predictions().head().abs());
    Metric large = Metric.mean("large", batch -> batch.predictions().head().exp());
    Metric ratio =
        Metric.from(
            "ratio",
            false,
            values -> values[0] / values[1],
            Metric.mean("a", batch -> batch.predictions().head().abs()),
            Metric.mean("b", batch -> batch.predictions().head().exp()));
    try (Learner learner =
        Points.learner(3).metrics(small, large, ratio).scoresTraining(true).build()) {
      FitResult result = learner.fit(2);
      for (Scores scores : List.of(result.train().orElseThrow(), result.valid().orElseThrow())) {
        assertThat(scores.metrics().get("ratio"))
            .isEqualTo(scores.metrics().get("small") / scores.metrics().get("large"));
      }
      assertThat(ratio.isHigherBetter()).isFalse();
    }
  }
}
