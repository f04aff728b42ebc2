package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import io.antiphon.torch.Denormals;
import io.antiphon.torch.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class LearnerTest {
  @Test
  void fittingLowersTheLoss() {
    try (Learner learner = Points.learner(20).build()) {
      Scores before = learner.validate();
      FitResult result = learner.fit(3);
      assertThat(result.outcome()).isEqualTo(new Outcome.Finished());
      assertThat(result.epochs()).isEqualTo(3);
      assertThat(result.valid().orElseThrow().loss()).isLessThan(before.loss() / 2);
      assertThat(learner.validate()).isEqualTo(result.valid().orElseThrow());
    }
  }

  @Test
  void twoFitsWithOneSeedGiveTheSameBitsAndAnotherSeedOthers() {
    List<float[]> first = trained(3);
    List<float[]> second = trained(3);
    List<float[]> other = trained(4);
    assertThat(first).usingRecursiveComparison().isEqualTo(second);
    assertThat(first.getFirst()).isNotEqualTo(other.getFirst());
  }

  private static List<float[]> trained(long seed) {
    try (Learner learner = Points.learner(20).seed(seed).build()) {
      learner.fit(2);
      return learner.model().getParameters().values().stream()
          .map(parameter -> parameter.getArray().toFloatArray())
          .toList();
    }
  }

  @Test
  void severalLearnersFitAtOnceAndAsIfAlone() throws Exception {
    List<float[]> alone = trained(3);
    try (var threads = Executors.newFixedThreadPool(3)) {
      Callable<List<float[]>> fit = () -> trained(3);
      for (var together : threads.invokeAll(List.of(fit, fit, fit))) {
        // the generator is shared between threads, but nothing in this net draws from it
        assertThat(together.get().getFirst()).hasSameSizeAs(alone.getFirst());
      }
    }
  }

  @Test
  void aFitInsideAHookIsRefused() {
    try (Learner learner = Points.learner(1).build()) {
      assertThatThrownBy(() ->
              learner.fit(
                  1,
                  new Callback() {
                    @Override
                    public void afterEpoch(Epoch epoch) {
                      epoch.fit().learner().fit(1);
                    }
                  }))
          .hasMessageContaining("this learner is fitting already");
    }
  }

  @Test
  void aPredictionInsideAHookIsRefusedAndChangesNoData() {
    try (Learner learner = Points.learner(1).build();
        NDManager mine = NDManager.newBaseManager()) {
      learner.fit(
          1,
          new Callback() {
            @Override
            public void beforeFit(Fit fit) {
              fit.replaceValidData(Points.data(1, 7));
            }

            @Override
            public void afterEpoch(Epoch epoch) {
              assertThatThrownBy(() -> learner.predict(Points.data(3, 9), mine))
                  .hasMessageContaining("this learner is fitting already");
            }
          });
      assertThat(learner.validData().orElseThrow().batches()).isEqualTo(2);
    }
  }

  @Test
  void predictionsComeInTheLoadersOrderAndBelongToTheAskedManager() {
    try (Learner learner = Points.learner(5).build();
        NDManager mine = NDManager.newBaseManager()) {
      int arrays = learner.manager().getManagedArrays().size();
      NDList predictions = learner.predict(Points.data(3, 9), mine);
      assertThat(predictions.head().getShape().getShape()).containsExactly(24, 2);
      assertThat(predictions.head().getManager()).isSameAs(mine);
      assertThat(mine.getManagedArrays()).hasSize(1);
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
      assertThat(learner.validData().orElseThrow().batches()).isEqualTo(2);
    }
  }

  @Test
  void predictionsKeepWhatTheyAreForAndTheLossOfEachSample() {
    LossFunction squares =
        LossFunction.ofSamples(
            (p, t) -> p.head().get(":, 0").sub(t.head().toType(DataType.FLOAT32, false)).square());
    try (Learner learner = Points.learner(5).loss(squares).build();
        NDManager mine = NDManager.newBaseManager()) {
      DataLoader data = Points.data(3, 9);
      Predictions all = learner.predictions(data, mine);
      assertThat(all.size()).isEqualTo(24);
      assertThat(mine.getManagedArrays()).hasSize(4);
      float[] first = all.outputs().head().get(":, 0").toFloatArray();
      long[] targets = all.targets().head().toType(DataType.INT64, false).toLongArray();
      float[] losses = all.losses().orElseThrow().toFloatArray();
      for (int i = 0; i < 24; i++) {
        assertThat(losses[i]).isEqualTo((first[i] - targets[i]) * (first[i] - targets[i]));
      }
      assertThat(learner.predict(all.inputs(), mine).head()).isEqualTo(all.outputs().head());
      assertThat(learner.predict(new NDList(all.inputs().head().get("5:6")), mine).head())
          .isEqualTo(all.outputs().head().get("5:6"));
      assertThat(all.classes().toLongArray())
          .isEqualTo(all.outputs().head().argMax(1).toLongArray());

      int arrays = learner.manager().getManagedArrays().size();
      var places = new ArrayList<Long>();
      learner.predictions(
          data,
          each -> {
            places.add(each.first());
            NDIndex rows = new NDIndex("{}:{}", each.first(), each.first() + each.size());
            assertThat(each.outputs().head()).isEqualTo(all.outputs().head().get(rows));
            assertThat(each.losses().orElseThrow()).isEqualTo(all.losses().orElseThrow().get(rows));
          });
      assertThat(places).containsExactly(0L, 8L, 16L);
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
    }
  }

  @Test
  void toPredictTakesNeitherOptimizerNorLoss() {
    try (NDManager mine = NDManager.newBaseManager();
        Learner learner =
            Learner.builder().model(Points.model()).valid(Points.data(3, 9)).build()) {
      Predictions all = learner.predictions(Points.data(3, 9), mine);
      assertThat(all.outputs().head().getShape().getShape()).containsExactly(24, 2);
      assertThat(all.losses()).isEmpty();
      assertThat(learner.explain()).contains("predict");
      assertThatThrownBy(learner::validate).hasMessageContaining("has no loss function");
      learner.trainData(Points.data(3, 9));
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessage("to train, a learner needs an optimizer: call optimizer(…) on the builder");
      learner.lossFunction(Points.crossEntropy());
      assertThat(learner.validate().loss()).isPositive();
    }
  }

  @Test
  void aBuilderWithoutItsPartsSaysWhich() {
    assertThatThrownBy(() -> Learner.builder().build())
        .hasMessage("a learner needs a model: call model(…) on the builder");
    assertThatThrownBy(() ->
            Learner.builder()
                .model(Points.model())
                .loss(Points.crossEntropy())
                .optimizer(Points.sgd(1))
                .build())
        .hasMessageContaining("the model is not initialised and there are no data");
  }

  @Test
  void aRunHasItsThreadsAndFlushesDenormalsAndPutsBothBack() {
    int former = Threads.current();
    var threads = new ArrayList<Integer>();
    var flushed = new ArrayList<Boolean>();
    var look =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            threads.add(Threads.current());
            flushed.add(Denormals.isFlushed());
          }
        };
    try (Learner few = Points.learner(1).threads(3).build();
        Learner kept = Points.learner(1).flushesDenormals(false).build()) {
      few.fit(1, look);
      assertThat(few.threads()).isEqualTo(3);
      assertThat(threads).containsOnly(3);
      assertThat(flushed).containsOnly(Denormals.canBeFlushed());
      threads.clear();
      flushed.clear();
      kept.fit(1, look);
      assertThat(kept.threads()).as("for a few multiplications").isEqualTo(1);
      assertThat(threads).containsOnly(1);
      assertThat(flushed).containsOnly(false);
    }
    assertThat(Threads.current()).isEqualTo(former);
    assertThat(Denormals.isFlushed()).isFalse();
    assertThatThrownBy(() -> Learner.builder().threads(257))
        .hasMessage("threads is 257; it must be 1 to 256, or 0 for as many as suit");
  }

  @Test
  void aLossThatIsNoScalarIsRefusedWithItsShape() {
    try (Learner learner =
        Points.learner(1).loss((predictions, targets) -> predictions.head()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessage(
              "the loss of a batch is one number, not an array of shape (8, 2); take its mean");
    }
  }

  @Test
  void aFitThatFailedLeavesNoGradientsToTheNext() {
    try (Learner learner = Points.learner(3).build();
        Learner fresh = Points.learner(3).build()) {
      var failing =
          new Callback() {
            @Override
            public void beforeStep(Batch batch) {
              throw new IllegalStateException("broken");
            }
          };
      assertThatThrownBy(() -> learner.fit(1, failing)).hasMessageContaining("broken");
      assertThat(learner.gradients().norm(learner.manager(), 2).getFloat()).isPositive();
      var norms = new ArrayList<Float>();
      learner.fit(0);
      norms.add(learner.gradients().norm(learner.manager(), 2).getFloat());
      assertThat(norms).containsExactly(0f);
      assertThat(fresh.callbacks()).isEmpty();
    }
  }

  @Test
  void twentyThousandBatchesLeaveArraysAndMemoryAsTheyWere() throws Exception {
    var counts = new ArrayList<Integer>();
    var memory = new ArrayList<Long>();
    var watch =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            counts.add(epoch.fit().learner().manager().getManagedArrays().size());
            memory.add(residentMebibytes());
          }
        };
    try (Learner learner = Points.learner(1000).callbacks(watch).build()) {
      learner.fit(20);
    }
    assertThat(counts).containsOnly(counts.getFirst());
    assertThat(memory.getLast() - memory.get(1))
        .as("growth of resident memory from batch 2,000 to 20,000 in MiB, %s", memory)
        .isLessThanOrEqualTo(32);
  }

  private static long residentMebibytes() {
    try {
      System.gc(); // what the heap holds is not what this test looks for
      String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1];
      return Long.parseLong(pages) * 4096 >> 20;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aLearnerOwnsTheParametersItInitialised() {
    Learner learner = Points.learner(1).build();
    NDArray weight = learner.model().getParameters().valueAt(0).getArray();
    assertThat(weight.getManager().getParentManager()).isNotNull();
    learner.fit(1);
    learner.close();
    assertThatThrownBy(weight::toFloatArray).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aFrozenParameterCostsNoGradientAndJoinsAgainWithZeros() {
    try (Learner learner = Points.learner(3).build();
        NDManager mine = NDManager.newBaseManager()) {
      var first = learner.model().getParameters().valueAt(0);
      var second = learner.model().getParameters().valueAt(1);
      float[] weights = first.getArray().toFloatArray();
      learner.fit(1);
      assertThat(first.getArray().toFloatArray()).isNotEqualTo(weights);

      var gradient = learner.gradients().arrays(mine).get(0);
      gradient.addi(5);
      first.freeze(true);
      second.freeze(true);
      assertThat(learner.gradients().arrays(mine)).hasSize(2);
      weights = first.getArray().toFloatArray();
      learner.fit(1);
      assertThat(first.getArray().toFloatArray()).isEqualTo(weights);

      first.freeze(false);
      assertThat(learner.gradients().arrays(mine)).hasSize(3);
      assertThat(learner.gradients().arrays(mine).get(0).toFloatArray()).containsOnly(0f);
      assertThat(learner.gradients()).isSameAs(learner.gradients());
      learner.fit(1);
      assertThat(first.getArray().toFloatArray()).isNotEqualTo(weights);
    }
  }
}
