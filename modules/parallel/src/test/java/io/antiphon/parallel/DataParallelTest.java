package io.antiphon.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Checkpoint;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Level;
import io.antiphon.core.Metric;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Pass;
import io.antiphon.core.Ranks;
import io.antiphon.core.Samples;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.Task;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.BinaryCrossEntropy;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.losses.Mse;
import io.antiphon.metrics.Accuracy;
import io.antiphon.metrics.Average;
import io.antiphon.metrics.ClassScore;
import io.antiphon.metrics.LossMetric;
import io.antiphon.metrics.Regression;
import io.antiphon.optim.AdamW;
import io.antiphon.optim.Sgd;
import io.antiphon.testkit.ThreadRanks;
import io.antiphon.torch.Autograd;
import io.antiphon.training.GradientAccumulation;
import io.antiphon.training.GradientClip;
import io.antiphon.training.SaveModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Several ranks train what one process trains. The ranks are threads here.
class DataParallelTest {
  private static final int CLASSES = 5;
  private static final int FEATURES = 12;

  /// What a training ended with.
  private record Trained(List<Float> weights, FitResult result, long samples) {}

  private static NDList data(NDManager manager, int count, boolean leavesOut) {
    var random = new Random(11);
    var inputs = new float[count * FEATURES];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextGaussian();
    }
    var targets = new long[count];
    for (int i = 0; i < count; i++) {
      int best = 0;
      for (int j = 1; j < CLASSES; j++) {
        best = inputs[i * FEATURES + j] > inputs[i * FEATURES + best] ? j : best;
      }
      targets[i] = leavesOut && i % 3 == 0 ? -100 : best;
    }
    return new NDList(manager.create(inputs, new Shape(count, FEATURES)), manager.create(targets));
  }

  private static SequentialBlock model() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(16).build())
        .add(Activation::tanh)
        .add(Linear.builder().setUnits(CLASSES).build());
  }

  private static Trained train(
      Ranks ranks, Length length, Optimizer.Factory optimizer, Consumer<Learner.Builder> more) {
    return train(ranks, length, optimizer, false, Optional.empty(), more);
  }

  /// Trains on 129 samples in batches of 32, the last one of a single row.
  private static Trained train(
      Ranks ranks,
      Length length,
      Optimizer.Factory optimizer,
      boolean leavesOut,
      Optional<Path> checkpoint,
      Consumer<Learner.Builder> more) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList train = data(manager, 129, leavesOut);
      NDList valid = data(manager, 67, leavesOut);
      Learner.Builder builder =
          Learner.builder()
              .model(model())
              .loss(new CrossEntropy())
              .optimizer(optimizer)
              .train(TensorLoader.of(train.get(0), train.get(1)).batchSize(32).shuffled())
              .valid(TensorLoader.of(valid.get(0), valid.get(1)).batchSize(32))
              .metrics(new Accuracy(), new LossMetric())
              .threads(1)
              .seed(3)
              .ranks(ranks);
      more.accept(builder);
      try (Learner learner = builder.build()) {
        checkpoint.ifPresent(learner::load);
        FitResult result = learner.fit(length);
        var weights = new ArrayList<Float>();
        for (var each : learner.model().getParameters()) {
          for (float value : each.getValue().getArray().toFloatArray()) {
            weights.add(value);
          }
        }
        return new Trained(weights, result, result.valid().orElseThrow().samples());
      }
    }
  }

  private static void parallel(Learner.Builder builder) {
    builder.callbacks(new DataParallel(new DataParallel.Options(DataParallel.Compare.STEP)));
  }

  private static double difference(List<Float> some, List<Float> others) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < some.size(); i++) {
      difference += Math.pow(some.get(i) - others.get(i), 2);
      norm += Math.pow(others.get(i), 2);
    }
    return Math.sqrt(difference / norm);
  }

  private static Optimizer.Factory optimizer(String name) {
    return name.equals("sgd") ? Sgd.of(0.1).momentum(0.9) : AdamW.of(1e-3);
  }

  @ParameterizedTest
  @CsvSource({
    "sgd,2,1,1e-7",
    "sgd,3,10,1e-6",
    "sgd,4,100,1e-5",
    "sgd,2,100,1e-5",
    "adam,4,1,1e-7",
    "adam,2,10,1e-6",
    "adam,3,100,1e-5"
  })
  void ranksTrainTheWeightsOfOneProcess(String name, int size, int steps, double tolerance) {
    Trained alone = train(Ranks.ALONE, Length.steps(steps), optimizer(name), _ -> {});
    List<Trained> together =
        ThreadRanks.run(
            size,
            ranks ->
                train(ranks, Length.steps(steps), optimizer(name), DataParallelTest::parallel));
    for (Trained each : together) {
      assertThat(each.weights()).isEqualTo(together.getFirst().weights());
      assertThat(difference(each.weights(), alone.weights())).isLessThan(tolerance);
      assertThat(each.samples()).isEqualTo(67);
      var scores = each.result().valid().orElseThrow();
      var expected = alone.result().valid().orElseThrow();
      assertThat(scores.metrics().get("accuracy")).isEqualTo(expected.metrics().get("accuracy"));
      assertThat(scores.loss()).isCloseTo(expected.loss(), within(1e-5));
      assertThat(scores.metrics().get("loss")).isCloseTo(scores.loss(), within(1e-6));
      assertThat(each.result().train().orElseThrow().loss())
          .isCloseTo(alone.result().train().orElseThrow().loss(), within(1e-5));
    }
  }

  private static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.api.Assertions.within(offset);
  }

  @Test
  void oneRankTrainsBitByBitWhatIsTrainedWithout() {
    Trained without = train(Ranks.ALONE, Length.epochs(2), optimizer("adam"), _ -> {});
    Trained with =
        train(Ranks.ALONE, Length.epochs(2), optimizer("adam"), DataParallelTest::parallel);
    assertThat(with.weights()).isEqualTo(without.weights());
    assertThat(with.result()).isEqualTo(without.result());
  }

  @Test
  void asManyRanksTrainTheSameBits() {
    List<List<Float>> runs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      runs.add(
          ThreadRanks.run(
                  3,
                  ranks ->
                      train(ranks, Length.epochs(2), optimizer("sgd"), DataParallelTest::parallel))
              .getFirst()
              .weights());
    }
    assertThat(runs.getFirst()).isEqualTo(runs.getLast());
  }

  @Test
  void asManyRanksGoOnWithTheSameBitsAndOthersAreTold(@TempDir Path folder) {
    Path checkpoint = folder.resolve("checkpoint");
    Length length = Length.steps(20);
    Optimizer.Factory optimizer = Sgd.of(0.1).momentum(0.9);
    List<Trained> whole =
        ThreadRanks.run(
            2,
            ranks ->
                train(
                    ranks,
                    length,
                    optimizer,
                    builder -> {
                      parallel(builder);
                      builder.callbacks(
                          new OnOneRank(
                              0,
                              7,
                              batch -> {
                                Fit fit = batch.fit();
                                fit.whenSettled(() -> fit.learner().save(checkpoint));
                              }));
                    }));
    assertThat(goOn(2, length, optimizer, checkpoint).getFirst().weights())
        .isEqualTo(whole.getFirst().weights());
    var told = new ArrayList<String>();
    var handler =
        new Handler() {
          @Override
          public synchronized void publish(LogRecord line) {
            told.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("io.antiphon.core.SavedLearner");
    logger.addHandler(handler);
    try {
      assertThat(
              difference(
                  goOn(3, length, optimizer, checkpoint).getFirst().weights(),
                  whole.getFirst().weights()))
          .isLessThan(1e-5);
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(told).hasSize(1).allMatch(line -> line.contains("another number of processes"));
  }

  /// A batch norm, steps of three batches, and a checkpoint asked for after every batch.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void checkpointsAreSavedWhereOneRankHasAllAndGoOnWithTheSameBits(
      boolean rememberRows, @TempDir Path folder, @TempDir Path again) {
    Length length = Length.epochs(2);
    Optimizer.Factory optimizer = optimizer("adam");
    try (NDManager manager = NDManager.newBaseManager()) {
      var saving = new SaveModel.Options(folder).every(Length.steps(1)).keep(20);
      BiConsumer<Learner.Builder, Path> parts =
          (builder, checkpoints) -> {
            builder.callbacks(new SaveModel(saving.dir(checkpoints)));
            NDList some = data(manager, 128, false);
            builder
                .model(
                    new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(BatchNorm.builder().build())
                        .add(Linear.builder().setUnits(CLASSES).build()))
                .train(TensorLoader.of(some.get(0), some.get(1)).batchSize(32).shuffled())
                .callbacks(new GradientAccumulation(3));
            if (rememberRows) {
              builder.callbacks(new OwnRows());
            }
            parallel(builder);
          };
      List<Float> whole =
          ThreadRanks.run(
                  2,
                  ranks ->
                      train(ranks, length, optimizer, builder -> parts.accept(builder, folder)))
              .getFirst()
              .weights();
      List<Checkpoint> saved = Checkpoint.all(folder);
      assertThat(saved)
          .extracting(Checkpoint::steps)
          .contains(4L, 8L)
          .doesNotContain(1L, 2L, 5L, 6L);
      assertThat(saved.stream().anyMatch(each -> each.steps() == 7)).isNotEqualTo(rememberRows);
      for (Checkpoint each : saved) {
        List<Trained> resumed =
            ThreadRanks.run(
                2,
                ranks ->
                    train(
                        ranks,
                        length,
                        optimizer,
                        false,
                        Optional.of(each.folder()),
                        builder -> parts.accept(builder, again)));
        assertThat(resumed).as("from %s", each).allMatch(one -> one.weights().equals(whole));
      }
    }
  }

  /// Remembers something of its rows.
  private static final class OwnRows implements Callback, Stateful<OwnRows.Seen> {
    /// The last one.
    public record Seen(double value) {}

    private double last;

    @Override
    public void afterLoss(Batch batch) {
      last = batch.inputs().head().getFloat(0, 0);
    }

    @Override
    public boolean isOfOwnRows() {
      return true;
    }

    @Override
    public Seen state(NDManager manager) {
      return new Seen(last);
    }

    @Override
    public void restore(Seen state) {
      last = state.value();
    }

    @Override
    public Class<Seen> stateType() {
      return Seen.class;
    }
  }

  @Test
  void aStopWaitsForTheEndOfTheStepThatRanksMakeTogether() {
    List<Integer> batches =
        counted(
            2,
            (builder, counter) ->
                builder.callbacks(
                    new GradientAccumulation(3),
                    new OnOneRank(1, 1, batch -> batch.fit().stopAfter(Level.BATCH, "enough")),
                    new Callback() {
                      @Override
                      public void afterBatch(Batch batch) {
                        counter.incrementAndGet();
                      }
                    }));
    assertThat(batches).containsExactly(3, 3);
  }

  private static List<Trained> goOn(
      int size, Length length, Optimizer.Factory optimizer, Path checkpoint) {
    return ThreadRanks.run(
        size,
        ranks ->
            train(
                ranks,
                length,
                optimizer,
                false,
                Optional.of(checkpoint),
                DataParallelTest::parallel));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void accumulatedAndClippedStepsAreThoseOfOneProcess(int size) {
    Consumer<Learner.Builder> callbacks =
        builder -> builder.callbacks(new GradientAccumulation(2), GradientClip.norm(0.05));
    Trained alone = train(Ranks.ALONE, Length.epochs(3), optimizer("sgd"), callbacks);
    Trained together =
        ThreadRanks.run(
                size,
                ranks ->
                    train(
                        ranks,
                        Length.epochs(3),
                        optimizer("sgd"),
                        builder -> {
                          callbacks.accept(builder);
                          parallel(builder);
                        }))
            .getFirst();
    assertThat(difference(together.weights(), alone.weights())).isLessThan(1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void targetsThatAreLeftOutWeighNothing(int size) {
    Trained alone =
        train(Ranks.ALONE, Length.epochs(3), optimizer("sgd"), true, Optional.empty(), _ -> {});
    Trained together =
        ThreadRanks.run(
                size,
                ranks ->
                    train(
                        ranks,
                        Length.epochs(3),
                        optimizer("sgd"),
                        true,
                        Optional.empty(),
                        DataParallelTest::parallel))
            .getFirst();
    assertThat(difference(together.weights(), alone.weights())).isLessThan(1e-6);
    assertThat(together.result().valid().orElseThrow().loss())
        .isCloseTo(alone.result().valid().orElseThrow().loss(), within(1e-6));
    assertThat(together.result().valid().orElseThrow().metrics().get("loss"))
        .isCloseTo(alone.result().valid().orElseThrow().metrics().get("loss"), within(1e-6));
  }

  private static Map<String, Double> validated(
      Ranks ranks, Learner.Builder builder, float[] inputs, float[] targets, int width) {
    try (NDManager manager = NDManager.newBaseManager()) {
      var shape = new Shape(inputs.length / width, width);
      TensorLoader data =
          TensorLoader.of(manager.create(inputs, shape), manager.create(targets, shape));
      try (Learner learner =
          builder
              .model(Linear.builder().setUnits(width).build())
              .optimizer(Sgd.of(0.1))
              .train(data.batchSize(32))
              .valid(data.batchSize(32))
              .callbacks(new DataParallel())
              .seed(3)
              .ranks(ranks)
              .build()) {
        return learner.validate().metrics();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void statisticsOfNumbersAreThoseOfOneProcess(int size) {
    var inputs = new float[65];
    var targets = new float[65];
    var random = new Random(5);
    for (int i = 0; i < inputs.length; i++) {
      targets[i] = 100 + i; // in order, so that each rank has a mean of its own
      inputs[i] = targets[i] + 5 * (float) random.nextGaussian();
    }
    Function<Ranks, Map<String, Double>> validated =
        ranks ->
            validated(
                ranks,
                Learner.builder()
                    .loss(new Mse())
                    .metrics(
                        Regression.rmse(),
                        Regression.r2(),
                        Regression.explainedVariance(),
                        Regression.pearson()),
                inputs,
                targets,
                1);
    Map<String, Double> alone = validated.apply(Ranks.ALONE);
    for (Map<String, Double> each : ThreadRanks.run(size, validated)) {
      alone.forEach((name, value) ->
          assertThat(each.get(name))
              .as(name)
              .isCloseTo(value, within(1e-5 * Math.max(1, Math.abs(value)))));
    }
  }

  @Test
  void aRankWithoutARowScoresLabelsAsTheOthersDo() {
    float[] targets = {1, 0, 1, 1, 1, 0};
    float[] inputs = {2, -1, 1, -3, 2, 1};
    Function<Ranks, Map<String, Double>> validated =
        ranks ->
            validated(
                ranks,
                Learner.builder()
                    .loss(new BinaryCrossEntropy())
                    .task(
                        new Task(
                            Task.Goal.LABELS,
                            Task.of(List.of(new Shape(1, 3))),
                            List.of("a", "b", "c")))
                    .metrics(ClassScore.fBeta(1, Average.MACRO)),
                inputs,
                targets,
                3);
    Map<String, Double> alone = validated.apply(Ranks.ALONE);
    assertThat(alone.get("f1")).isFinite();
    assertThat(ThreadRanks.run(4, validated)).containsOnly(alone);
  }

  /// Trains the last layer alone in the first epoch.
  private static final class Thawing implements Callback {
    @Override
    public void beforeEpoch(Epoch epoch) {
      epoch.fit().model().getChildren().valueAt(0).freezeParameters(epoch.index() == 0);
    }
  }

  @Test
  void layersMayBeFrozenAndThawed() {
    Consumer<Learner.Builder> thawing = builder -> builder.callbacks(new Thawing());
    Trained alone = train(Ranks.ALONE, Length.epochs(3), optimizer("sgd"), thawing);
    Trained together =
        ThreadRanks.run(
                2,
                ranks ->
                    train(
                        ranks,
                        Length.epochs(3),
                        optimizer("sgd"),
                        builder -> {
                          thawing.accept(builder);
                          parallel(builder);
                        }))
            .getFirst();
    assertThat(difference(together.weights(), alone.weights())).isLessThan(1e-6);
  }

  /// Does something on one rank after some batch.
  private record OnOneRank(int rank, long step, Consumer<Batch> what) implements Callback {
    @Override
    public void afterBatch(Batch batch) {
      if (batch.isTraining()
          && batch.fit().ranks().rank() == rank
          && batch.fit().learner().stepsDone() == step) {
        what.accept(batch);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BATCH,8", "EPOCH,10"})
  void allStopAtTheBatchAtWhichOneWasAskedTo(Level level, int steps) {
    List<Integer> done =
        counted(
            3,
            (builder, counter) ->
                builder.callbacks(
                    new OnOneRank(1, 7, batch -> batch.fit().stopAfter(level, "enough")),
                    new Counting(counter)));
    assertThat(done).containsOnly(steps);
  }

  /// {@return what each rank counted while it trained}
  private static List<Integer> counted(int size, BiConsumer<Learner.Builder, AtomicInteger> more) {
    return ThreadRanks.run(
        size,
        ranks -> {
          var counter = new AtomicInteger();
          train2(ranks, builder -> more.accept(builder, counter));
          return counter.get();
        });
  }

  private record Counting(AtomicInteger steps) implements Callback {
    @Override
    public void afterStep(Batch batch) {
      steps.incrementAndGet();
    }
  }

  private static void train2(Ranks ranks, Consumer<Learner.Builder> more) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList train = data(manager, 129, false);
      Learner.Builder builder =
          Learner.builder()
              .model(model())
              .loss(new CrossEntropy())
              .optimizer(Sgd.of(0.1))
              .train(TensorLoader.of(train.get(0), train.get(1)).batchSize(32))
              .threads(1)
              .ranks(ranks)
              .callbacks(new DataParallel());
      more.accept(builder);
      try (Learner learner = builder.build()) {
        learner.fit(4);
      }
    }
  }

  private static String failure(BiConsumer<Ranks, Learner.Builder> more) {
    try {
      ThreadRanks.run(
          2,
          ranks -> {
            train2(ranks, builder -> more.accept(ranks, builder));
            return "";
          });
    } catch (IllegalStateException e) {
      var all = new StringBuilder();
      for (Throwable each = e; each != null; each = each.getCause()) {
        all.append(each.getMessage()).append('\n');
      }
      for (Throwable other : e.getSuppressed()) {
        all.append(other.getMessage()).append('\n');
      }
      return all.toString();
    }
    throw new AssertionError("nothing failed");
  }

  @Test
  void aRankThatTakesAnotherWayEndsAll() {
    assertThat(
            failure((_, builder) ->
                builder.callbacks(
                    new OnOneRank(
                        1,
                        3,
                        batch -> {
                          throw new IllegalStateException("the disk is on fire");
                        }))))
        .contains("the disk is on fire")
        .contains("another rank is gone");
    assertThat(
            failure((_, builder) ->
                builder.callbacks(
                    new Callback() {
                      @Override
                      public String name() {
                        return "own-way";
                      }

                      @Override
                      public void beforeBatch(Batch batch) {
                        if (batch.fit().ranks().rank() == 1 && batch.index() == 2) {
                          throw new io.antiphon.core.CancelBatchException("no");
                        }
                      }
                    })))
        .contains("different places");
  }

  @Test
  void ranksWhoseWeightsComeApartEndTheFit() {
    assertThat(
            failure((_, builder) ->
                builder.callbacks(
                    new OnOneRank(
                        1,
                        3,
                        batch -> {
                          try (var _ = Autograd.off()) {
                            NDArray weight =
                                batch.fit().model().getParameters().valueAt(0).getArray();
                            weight.muli(1.5f);
                          }
                        }))))
        .contains("come apart by step 5");
  }

  @Test
  void ranksThatTrainOtherDataAreRefused() {
    assertThat(failure((ranks, builder) -> builder.seed(ranks.rank())))
        .contains("do not train the same");
  }

  @Test
  void metricsThatDoNotAddUpScoreAllOfTheDataOnEachRank() {
    Trained alone =
        train(Ranks.ALONE, Length.epochs(1), optimizer("sgd"), b -> b.metrics(new Rows()));
    List<Trained> together =
        ThreadRanks.run(
            2,
            ranks ->
                train(
                    ranks,
                    Length.epochs(1),
                    optimizer("sgd"),
                    builder -> parallel(builder.metrics(new Rows()))));
    for (Trained each : together) {
      assertThat(each.result().valid().orElseThrow().metrics())
          .containsEntry("rows", 67.0)
          .containsEntry(
              "accuracy", alone.result().valid().orElseThrow().metrics().get("accuracy"));
    }
  }

  private static final class Rows implements Metric {
    private double rows;

    @Override
    public String name() {
      return "rows";
    }

    @Override
    public void reset(Pass pass) {
      rows = 0;
    }

    @Override
    public void add(Batch batch) {
      rows += batch.size();
    }

    @Override
    public double value() {
      return rows;
    }
  }

  @Test
  void partsOfABatchAreAllOfItsRowsOnce() {
    for (int whole = 0; whole < 20; whole++) {
      for (int size = 1; size < 6; size++) {
        int next = 0;
        for (int rank = 0; rank < size; rank++) {
          var part = Samples.Part.of(whole, rank, size);
          if (part.rows() > 0) {
            assertThat(part.first()).isEqualTo(next);
          }
          next += part.rows();
          assertThat(part.taken()).isEqualTo(whole == 0 ? 0 : Math.max(1, part.rows()));
        }
        assertThat(next).isEqualTo(whole);
      }
    }
  }
}
