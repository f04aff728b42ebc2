package io.antiphon.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Permutation;
import io.antiphon.core.Samples;
import io.antiphon.torch.Autograd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorLoaderTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /// Sample i has the inputs 2 i and 2 i + 1, and the target i.
  private TensorLoader loader(int count) {
    return TensorLoader.of(
        manager.arange(0, 2f * count, 1, DataType.FLOAT32).reshape(count, 2),
        manager.arange(0, count, 1, DataType.INT64));
  }

  private List<Long> targets(DataLoader loader, long seed, long epoch, int first) {
    var targets = new ArrayList<Long>();
    try (DataLoader.Batches batches = loader.open(seed, epoch, first)) {
      while (batches.hasNext()) {
        try (NDManager scratch = manager.newSubManager()) {
          Samples batch = batches.next(scratch);
          long[] some = batch.targets().singletonOrThrow().toLongArray();
          float[] inputs = batch.inputs().singletonOrThrow().toFloatArray();
          assertThat(some).hasSize(batch.size());
          for (int i = 0; i < some.length; i++) {
            targets.add(some[i]);
            assertThat(inputs[2 * i]).isEqualTo(2f * some[i]);
            assertThat(inputs[2 * i + 1]).isEqualTo(2f * some[i] + 1);
          }
        }
      }
    }
    return targets;
  }

  private static List<Long> numbers(long first, long end) {
    return LongStream.range(first, end).boxed().toList();
  }

  @Test
  void withoutShufflingTheSamplesComeInOrder() {
    assertThat(targets(loader(10).batchSize(4), 1, 5, 0)).isEqualTo(numbers(0, 10));
  }

  @Test
  void shuffledEverySampleComesOnceWithItsTarget() {
    List<Long> order = targets(loader(1000).batchSize(64).shuffled(), 1, 0, 0);
    assertThat(order)
        .isNotEqualTo(numbers(0, 1000))
        .containsExactlyInAnyOrderElementsOf(numbers(0, 1000));
  }

  @Test
  void theOrderIsAFunctionOfSeedAndEpoch() {
    TensorLoader loader = loader(100).batchSize(8).shuffled();
    List<Long> order = targets(loader, 7, 3, 0);
    assertThat(targets(loader(100).batchSize(25).shuffled(), 7, 3, 0)).isEqualTo(order);
    assertThat(targets(loader, 7, 4, 0)).isNotEqualTo(order);
    assertThat(targets(loader, 8, 3, 0)).isNotEqualTo(order);
  }

  @Test
  void theOrderOfASeedStaysWhatItIs() {
    assertThat(Permutation.of(42, 0, 0, 8)).containsExactly(1, 0, 7, 5, 6, 4, 3, 2);
  }

  @Test
  void everyOrderIsEquallyLikely() {
    var counts = new HashMap<String, Integer>();
    int draws = 24_000;
    for (int epoch = 0; epoch < draws; epoch++) {
      counts.merge(Arrays.toString(Permutation.of(42, epoch, 0, 4)), 1, Integer::sum);
    }
    assertThat(counts).hasSize(24);
    double chiSquared =
        counts.values().stream().mapToDouble(n -> (n - 1000.0) * (n - 1000) / 1000).sum();
    // 23 degrees of freedom: above 49.7 in one of a thousand seeds
    assertThat(chiSquared).as("chi squared for seed 42").isLessThan(49.7);
  }

  @Test
  void anEpochThatStartsLaterGivesTheSameBatches() {
    TensorLoader shuffled = loader(50).batchSize(8).shuffled();
    List<Long> all = targets(shuffled, 1, 2, 0);
    assertThat(targets(shuffled, 1, 2, 3)).isEqualTo(all.subList(24, 50));
    assertThat(targets(shuffled, 1, 2, 7)).isEmpty();
    assertThat(targets(loader(50).batchSize(8), 1, 2, 3)).isEqualTo(numbers(24, 50));
    assertThatThrownBy(() -> shuffled.open(1, 2, 8))
        .hasMessage("an epoch of 7 batches cannot start at batch 8");
  }

  @Test
  void theLastBatchIsKeptOrDropped() {
    TensorLoader kept = loader(10).batchSize(4);
    assertThat(kept.batches()).isEqualTo(3);
    assertThat(kept.samples()).isEqualTo(10);
    TensorLoader dropped = kept.dropLast();
    assertThat(dropped.batches()).isEqualTo(2);
    assertThat(dropped.samples()).isEqualTo(8);
    assertThat(targets(dropped, 1, 0, 0)).hasSize(8);
    assertThat(targets(dropped.shuffled(), 1, 0, 0)).hasSize(8).doesNotHaveDuplicates();
    assertThat(loader(8).batchSize(4).batches()).isEqualTo(2);
    assertThat(loader(8).batchSize(4).dropLast().batches()).isEqualTo(2);
  }

  @Test
  void aPartHasItsOwnSamplesOnly() {
    TensorLoader part = loader(20).batchSize(4).part(5, 12).part(1, 6);
    assertThat(part.samples()).isEqualTo(6);
    assertThat(targets(part, 1, 0, 0)).isEqualTo(numbers(6, 12));
    assertThat(targets(part.shuffled(), 1, 0, 0))
        .containsExactlyInAnyOrderElementsOf(numbers(6, 12));
    assertThatThrownBy(() -> loader(20).part(15, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are 20 samples, from which 6 cannot be taken from index 15 on");
  }

  @Test
  void inOrderABatchIsAViewOfTheData() {
    NDArray inputs = manager.zeros(new Shape(6, 2));
    try (DataLoader.Batches batches = TensorLoader.of(inputs).batchSize(3).open(1, 0, 1)) {
      Samples batch = batches.next(manager);
      batch.inputs().head().addi(1);
      assertThat(batch.targets()).isEmpty();
    }
    assertThat(inputs.toFloatArray()).containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1);
  }

  @Test
  void shuffledABatchIsACopy() {
    NDArray inputs = manager.zeros(new Shape(6, 2));
    try (DataLoader.Batches batches = TensorLoader.of(inputs).shuffled().open(1, 0, 0)) {
      batches.next(manager).inputs().head().addi(1);
    }
    assertThat(inputs.sum().getFloat()).isZero();
  }

  @Test
  void batchesEnterAutograd() {
    for (TensorLoader loader : List.of(loader(10), loader(10).shuffled())) {
      try (NDManager scratch = manager.newSubManager();
          DataLoader.Batches batches = loader.batchSize(10).open(1, 0, 0);
          var _ = Autograd.on()) {
        NDArray weights = scratch.ones(new Shape(2));
        weights.setRequiresGradient(true);
        Samples batch = batches.next(scratch);
        assertThat(batch.inputs().head().hasGradient()).isFalse();
        Autograd.backward(batch.inputs().head().mul(weights).sum(), false);
        assertThat(weights.getGradient().toFloatArray()).containsExactly(90, 100);
      }
    }
  }

  @Test
  void onlyTheBatchesManagerOwnsArrays() {
    TensorLoader loader = loader(100).batchSize(8).shuffled();
    int before = manager.getManagedArrays().size();
    for (int epoch = 0; epoch < 3; epoch++) {
      try (DataLoader.Batches batches = loader.open(1, epoch, 0)) {
        while (batches.hasNext()) {
          try (NDManager scratch = manager.newSubManager()) {
            batches.next(scratch);
            assertThat(scratch.getManagedArrays()).hasSize(2);
          }
        }
        assertThat(manager.getManagedArrays()).hasSize(before);
      }
    }
    try (DataLoader.Batches _ = loader.open(1, 0, 0)) {
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void anEpochOutlivesWhatJavaCollects() {
    TensorLoader loader = loader(5000).batchSize(1000).shuffled();
    List<Long> expected = targets(loader, 9, 0, 0);
    try (DataLoader.Batches batches = loader.open(9, 0, 0)) {
      System.gc();
      for (int i = 0; i < 100; i++) {
        manager.create(new long[5000]).close();
      }
      var found = new ArrayList<Long>();
      while (batches.hasNext()) {
        for (long target : batches.next(manager).targets().head().toLongArray()) {
          found.add(target);
        }
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void severalArraysAreGatheredTogether() {
    NDArray x = manager.arange(0, 6, 1, DataType.FLOAT32);
    var loader =
        TensorLoader.of(new NDList(x, x.mul(10)), new NDList(x.mul(100))).batchSize(6).shuffled();
    assertThat(loader.inputShapes()).containsExactly(new Shape(6), new Shape(6));
    try (DataLoader.Batches batches = loader.open(1, 0, 0)) {
      Samples batch = batches.next(manager);
      float[] first = batch.inputs().get(0).toFloatArray();
      assertThat(batch.inputs().get(1).div(10).toFloatArray()).containsExactly(first);
      assertThat(batch.targets().get(0).div(100).toFloatArray()).containsExactly(first);
      assertThat(batch.size()).isEqualTo(6);
      assertThatThrownBy(() -> batches.next(manager))
          .isInstanceOf(NoSuchElementException.class)
          .hasMessage("the epoch has only 1 batches");
    }
  }

  @Test
  void aFullBatchTellsTheShape() {
    assertThat(loader(10).batchSize(4).inputShapes()).containsExactly(new Shape(4, 2));
    assertThat(loader(10).batchSize(64).inputShapes()).containsExactly(new Shape(10, 2));
    assertThat(loader(10).resumesExactly()).isTrue();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    NDArray three = manager.zeros(new Shape(3, 2));
    assertThatThrownBy(() -> TensorLoader.of(three, manager.zeros(new Shape(4))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("targets[0] has 4 samples, inputs[0] has 3; they must be as many");
    assertThatThrownBy(() -> TensorLoader.of(manager.create(1f)))
        .hasMessage("inputs[0] has the shape (), not [N, …] with at least one sample");
    assertThatThrownBy(() -> TensorLoader.of(new NDList(), new NDList()))
        .hasMessage("a loader needs at least one array of inputs");
    assertThatThrownBy(() -> TensorLoader.of(three).batchSize(0))
        .hasMessage("batch size is 0; it must be at least 1");
  }
}
