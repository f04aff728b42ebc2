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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrefetchLoaderTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /// Each sample is its index and a number drawn, and its target the index.
  private static class Numbers implements SampleReader {
    final int size;
    final AtomicInteger reads = new AtomicInteger();

    Numbers(int size) {
      this.size = size;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public List<Field> inputs() {
      return List.of(new Field(new Shape(2), DataType.FLOAT32));
    }

    @Override
    public List<Field> targets() {
      return List.of(new Field(new Shape(), DataType.INT64));
    }

    @Override
    public void read(int index, RandomGenerator random, List<ByteBuffer> arrays)
        throws IOException {
      reads.incrementAndGet();
      arrays.getFirst().putFloat(index).putFloat(random.nextFloat());
      arrays.getLast().putLong(index);
    }

    @Override
    public NDList prepare(NDList inputs) {
      return new NDList(inputs.singletonOrThrow().mul(2));
    }
  }

  private record Epoch(List<float[]> inputs, List<Long> targets) {
    String text() {
      return inputs.stream().map(Arrays::toString).toList() + " " + targets;
    }
  }

  private Epoch epoch(DataLoader loader, long seed, long epoch, int first) {
    var result = new Epoch(new ArrayList<>(), new ArrayList<>());
    try (DataLoader.Batches batches = loader.open(seed, epoch, first)) {
      while (batches.hasNext()) {
        try (NDManager scratch = manager.newSubManager()) {
          Samples batch = batches.next(scratch);
          NDArray inputs = batch.inputs().singletonOrThrow();
          assertThat(inputs.getShape()).isEqualTo(new Shape(batch.size(), 2));
          result.inputs.add(inputs.toFloatArray());
          Arrays.stream(batch.targets().singletonOrThrow().toLongArray())
              .forEach(result.targets::add);
        }
      }
    }
    return result;
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("antiphon-read-ahead"))
        .count();
  }

  @Test
  void valuesAreTheSameWhateverTheNumberOfThreadsAndBatchesAhead() {
    PrefetchLoader loader = PrefetchLoader.of(new Numbers(101)).batchSize(8).shuffled();
    String one = epoch(loader.threads(1).ahead(1), 3, 2, 0).text();
    for (int threads : new int[] {2, 3, 16}) {
      for (int ahead : new int[] {1, 2, 50}) {
        assertThat(epoch(loader.threads(threads).ahead(ahead), 3, 2, 0).text()).isEqualTo(one);
      }
    }
    assertThat(epoch(loader, 3, 3, 0).text()).isNotEqualTo(one);
    assertThat(epoch(loader, 4, 2, 0).text()).isNotEqualTo(one);
  }

  @Test
  void aRankReadsItsOwnRowsOfEachBatchAndNoOthers() {
    for (int[] sizes : new int[][] {{23, 8}, {15, 8}, {5, 8}, {7, 1}, {9, 2}}) {
      for (boolean dropLast : new boolean[] {false, true}) {
        for (int first : new int[] {0, 1}) {
          for (int ranks : new int[] {1, 2, 3, 5}) {
            sharedAlike(sizes[0], sizes[1], dropLast, first, ranks);
          }
        }
      }
    }
  }

  private void sharedAlike(int count, int batchSize, boolean dropLast, int first, int ranks) {
    var numbers = new Numbers(count);
    PrefetchLoader all = PrefetchLoader.of(numbers).batchSize(batchSize).shuffled().ahead(2);
    PrefetchLoader loader = dropLast ? all.dropLast() : all;
    if (first > loader.batches()) {
      return;
    }
    for (int rank = 0; rank < ranks; rank++) {
      DataLoader own = loader.share(rank, ranks);
      assertThat(own.batches()).isEqualTo(loader.batches());
      assertThat(own.samples()).isEqualTo(loader.samples());
      int rows = 0;
      numbers.reads.set(0);
      try (NDManager scratch = manager.newSubManager();
          DataLoader.Batches parts = own.open(5, 1, first)) {
        while (parts.hasNext()) {
          rows += parts.next(scratch).size();
        }
      }
      assertThat(numbers.reads).hasValue(rows);
      try (NDManager scratch = manager.newSubManager();
          DataLoader.Batches parts = own.open(5, 1, first);
          DataLoader.Batches wholes = loader.open(5, 1, first)) {
        while (wholes.hasNext()) {
          Samples part = parts.next(scratch);
          Samples whole = wholes.next(scratch);
          var rowsOf = Samples.Part.of(whole.size(), rank, ranks);
          assertThat(part.part()).isEqualTo(rowsOf);
          String slice = "%d:%d".formatted(rowsOf.first(), rowsOf.first() + rowsOf.taken());
          assertThat(part.inputs().singletonOrThrow().toFloatArray())
              .isEqualTo(whole.inputs().singletonOrThrow().get(slice).toFloatArray());
          assertThat(part.targets().singletonOrThrow().toLongArray())
              .isEqualTo(whole.targets().singletonOrThrow().get(slice).toLongArray());
        }
        assertThat(parts.hasNext()).isFalse();
      }
    }
  }

  @Test
  void everySampleComesOnceInTheOrderOfOtherLoaders() {
    PrefetchLoader loader = PrefetchLoader.of(new Numbers(20)).batchSize(6);
    Epoch plain = epoch(loader, 1, 0, 0);
    assertThat(plain.targets())
        .containsExactlyElementsOf(java.util.stream.LongStream.range(0, 20).boxed().toList());
    for (int batch = 0; batch < 4; batch++) {
      for (int i = 0; i < plain.inputs().get(batch).length; i += 2) {
        assertThat(plain.inputs().get(batch)[i]).isEqualTo(2f * (6 * batch + i / 2));
      }
    }
    assertThat(epoch(loader.shuffled(), 1, 2, 0).targets())
        .isEqualTo(Arrays.stream(Permutation.of(1, 2, 0, 20)).mapToObj(i -> (long) i).toList());
    assertThat(epoch(loader.dropLast(), 1, 0, 0).targets()).hasSize(18);
    assertThat(epoch(loader.part(7, 3, 11), 1, 0, 0).targets()).containsExactly(7L, 3L, 11L);
    assertThat(loader.inputShapes()).containsExactly(new Shape(6, 2));
    assertThat(loader.batches()).isEqualTo(4);
  }

  @Test
  void anEpochOpensAtAnyBatchAndReadsNothingBefore() {
    var reader = new Numbers(100);
    PrefetchLoader loader = PrefetchLoader.of(reader).batchSize(10).shuffled();
    Epoch all = epoch(loader, 1, 5, 0);
    reader.reads.set(0);
    Epoch end = epoch(loader, 1, 5, 7);
    assertThat(end.targets()).isEqualTo(all.targets().subList(70, 100));
    assertThat(end.inputs().getFirst()).isEqualTo(all.inputs().get(7));
    assertThat(reader.reads).hasValue(30);
    assertThat(epoch(loader, 1, 5, 10).targets()).isEmpty();
    assertThatThrownBy(() -> loader.open(1, 5, 11)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noMoreIsReadAheadThanIsAllowed() throws InterruptedException {
    var reader = new Numbers(1_000);
    try (DataLoader.Batches batches =
        PrefetchLoader.of(reader).batchSize(10).threads(3).ahead(2).open(1, 0, 0)) {
      batches.next(manager);
      while (reader.reads.get() < 30) {
        Thread.sleep(1);
      }
      Thread.sleep(20);
      assertThat(reader.reads).hasValue(30); // the batch that was taken, and two more
    }
  }

  @Test
  void smallBatchesAreReadFurtherAheadThanLargeOnes() {
    PrefetchLoader small = PrefetchLoader.of(new Numbers(1_000)).batchSize(10);
    assertThat(small.bytes() / small.ahead(1).bytes()).isEqualTo(64);
    var large =
        new Numbers(1_000) {
          @Override
          public List<Field> inputs() {
            return List.of(new Field(new Shape(1 << 20), DataType.FLOAT32));
          }
        };
    PrefetchLoader few = PrefetchLoader.of(large).batchSize(10);
    assertThat(few.bytes() / few.ahead(1).bytes()).isEqualTo(4);
  }

  @Test
  void aSampleThatCannotBeReadFailsTheLoopAtItsBatchWithItsName() {
    var reader =
        new Numbers(40) {
          @Override
          public void read(int index, RandomGenerator random, List<ByteBuffer> arrays)
              throws IOException {
            if (index == 25 || index == 27) {
              throw new IOException("it is damaged");
            }
            super.read(index, random, arrays);
          }

          @Override
          public String describe(int index) {
            return "'n" + index + ".png'";
          }
        };
    for (int threads : new int[] {1, 8}) {
      try (DataLoader.Batches batches =
          PrefetchLoader.of(reader).batchSize(10).threads(threads).open(1, 0, 0)) {
        batches.next(manager);
        batches.next(manager);
        assertThatThrownBy(() -> batches.next(manager))
            .isInstanceOf(DataException.class)
            .hasMessage("'n25.png' cannot be read: it is damaged");
      }
    }
    assertThat(threads()).isZero();
  }

  @Test
  void whatAReaderThrowsIsTheLoops() {
    var reader =
        new Numbers(4) {
          @Override
          public void read(int index, RandomGenerator random, List<ByteBuffer> arrays) {
            throw new IllegalStateException("no");
          }
        };
    try (DataLoader.Batches batches = PrefetchLoader.of(reader).open(1, 0, 0)) {
      assertThatThrownBy(() -> batches.next(manager))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("reading sample 0 failed: java.lang.IllegalStateException: no")
          .hasRootCauseMessage("no");
    }
  }

  @Test
  void threadsEndWithTheEpochWhereverTheLoopLeavesIt() {
    PrefetchLoader loader = PrefetchLoader.of(new Numbers(500)).batchSize(5).threads(4);
    for (int taken = 0; taken < 100; taken += 9) {
      DataLoader.Batches batches = loader.open(1, 0, 0);
      for (int i = 0; i < taken; i++) {
        try (NDManager scratch = manager.newSubManager()) {
          batches.next(scratch);
        }
      }
      batches.close();
      assertThat(threads()).isZero();
      batches.close(); // again, for nothing
    }
    assertThat(manager.getManagedArrays()).isEmpty();
  }

  @Test
  void theTimeThatTheLoopWaitsIsTold() throws InterruptedException {
    var go = new CountDownLatch(1);
    var reader =
        new Numbers(2) {
          @Override
          public void read(int index, RandomGenerator random, List<ByteBuffer> arrays)
              throws IOException {
            if (index == 1) {
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            }
            super.read(index, random, arrays);
          }
        };
    try (DataLoader.Batches batches =
        PrefetchLoader.of(reader).batchSize(1).threads(2).open(1, 0, 0)) {
      assertThat(batches.waited()).isGreaterThanOrEqualTo(Duration.ZERO);
      batches.next(manager);
      Duration before = batches.waited();
      Thread.ofPlatform()
          .start(() -> {
            try {
              Thread.sleep(30);
            } catch (InterruptedException _) {
              // go at once
            }
            go.countDown();
          });
      batches.next(manager);
      assertThat(batches.waited()).isGreaterThan(before);
    }
  }
}
