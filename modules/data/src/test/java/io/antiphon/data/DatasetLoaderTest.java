package io.antiphon.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.translate.Transform;
import ai.djl.util.Progress;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Permutation;
import io.antiphon.core.Samples;
import io.antiphon.torch.Autograd;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatasetLoaderTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /// Sample i is made when it is asked for: inputs (i, 2 i), target i; transforms double inputs.
  private static final class Numbers extends RandomAccessDataset {
    private final int count;

    Numbers(int count) {
      super(new Settings().setSampling(3, true).addTransform((Transform) array -> array.mul(2)));
      this.count = count;
    }

    @Override
    public Record get(NDManager manager, long index) {
      return new Record(
          new NDList(manager.create(new float[] {index, 2 * index})),
          new NDList(manager.create(index)));
    }

    @Override
    protected long availableSize() {
      return count;
    }

    @Override
    public void prepare(Progress progress) {}

    private static final class Settings extends BaseBuilder<Settings> {
      @Override
      protected Settings self() {
        return this;
      }
    }
  }

  private RandomAccessDataset arrays(int count) {
    return new ArrayDataset.Builder()
        .setData(manager.arange(0, count, 1, DataType.FLOAT32))
        .optLabels(manager.arange(0, count, 1, DataType.INT64))
        .setSampling(3, true)
        .build();
  }

  private static Dataset stream(List<Integer> sizes) {
    return new Dataset() {
      @Override
      public Iterable<Batch> getData(NDManager manager) {
        return sizes.stream()
                .map(size -> {
                  NDManager own = manager.newSubManager();
                  return new Batch(
                      own,
                      new NDList(own.ones(new Shape(size, 2))),
                      new NDList(own.full(new Shape(size), size, DataType.INT64)),
                      size,
                      null,
                      null,
                      0,
                      0);
                })
            ::iterator;
      }

      @Override
      public void prepare(Progress progress) {}
    };
  }

  private List<Long> targets(DataLoader loader, long seed, long epoch, int first) {
    var targets = new ArrayList<Long>();
    try (DataLoader.Batches batches = loader.open(seed, epoch, first)) {
      while (batches.hasNext()) {
        try (NDManager scratch = manager.newSubManager()) {
          Samples batch = batches.next(scratch);
          long[] some = batch.targets().singletonOrThrow().toLongArray();
          assertThat(some).hasSize(batch.size());
          assertThat(scratch.getManagedArrays()).hasSize(2);
          LongStream.of(some).forEach(targets::add);
        }
      }
    }
    return targets;
  }

  private static List<Long> numbers(long first, long end) {
    return LongStream.range(first, end).boxed().toList();
  }

  @Test
  void samplesAreReadInOurOrder() {
    for (RandomAccessDataset dataset : List.of(new Numbers(20), arrays(20))) {
      DatasetLoader loader = DatasetLoader.of(dataset).batchSize(6);
      assertThat(targets(loader, 1, 0, 0)).isEqualTo(numbers(0, 20));
      List<Long> order = targets(loader.shuffled(), 1, 2, 0);
      assertThat(order)
          .isEqualTo(Arrays.stream(Permutation.of(1, 2, 0, 20)).mapToObj(i -> (long) i).toList());
      assertThat(targets(loader.shuffled(), 1, 2, 2)).isEqualTo(order.subList(12, 20));
      assertThat(loader.resumesExactly()).isTrue();
      assertThat(loader.batches()).isEqualTo(4);
      assertThat(loader.dropLast().batches()).isEqualTo(3);
      assertThat(targets(loader.dropLast(), 1, 0, 0)).isEqualTo(numbers(0, 18));
    }
  }

  @Test
  void transformsOfTheDataSetStay() {
    DatasetLoader loader = DatasetLoader.of(new Numbers(4)).batchSize(4);
    assertThat(loader.inputShapes()).containsExactly(new Shape(4, 2));
    try (DataLoader.Batches batches = loader.open(1, 0, 0)) {
      NDArray inputs = batches.next(manager).inputs().singletonOrThrow();
      assertThat(inputs.toFloatArray()).containsExactly(0, 0, 2, 4, 4, 8, 6, 12);
    }
  }

  @Test
  void otherThreadsReadAhead() {
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      DatasetLoader loader =
          DatasetLoader.of(new Numbers(50)).batchSize(4).shuffled().prefetching(executor);
      assertThat(targets(loader, 1, 0, 0)).containsExactlyInAnyOrderElementsOf(numbers(0, 50));
      assertThat(targets(loader, 1, 0, 5)).isEqualTo(targets(loader, 1, 0, 0).subList(20, 50));
      try (DataLoader.Batches batches = loader.open(1, 0, 0)) {
        batches.next(manager);
      }
      for (int i = 0; i < 50; i++) {
        // while others still read
        loader.open(1, i, 0).close();
      }
    }
  }

  /// Sample i is (i, what a transform draws, the thread that reads).
  private static final class Drawn extends RandomAccessDataset {
    private final Random java = new Random();
    private final boolean fromTorch;
    private final boolean fromJava;
    final Set<String> threads = ConcurrentHashMap.newKeySet();
    volatile int broken = -1;

    Drawn(boolean fromTorch, boolean fromJava) {
      super(new Numbers.Settings().setSampling(3, true).optPrefetchNumber(3));
      this.fromTorch = fromTorch;
      this.fromJava = fromJava;
    }

    @Override
    public Record get(NDManager manager, long index) throws IOException {
      if (index == broken) {
        throw new IOException("'%d.bin' is damaged".formatted(index));
      }
      threads.add(Thread.currentThread().getName());
      float drawn =
          fromTorch
              ? manager.randomUniform(0, 1, new Shape(1)).getFloat()
              : fromJava ? java.nextFloat() : 0;
      return new Record(
          new NDList(manager.create(new float[] {index, drawn})),
          new NDList(manager.create(index)));
    }

    @Override
    protected long availableSize() {
      return 20;
    }

    @Override
    public void prepare(Progress progress) {}
  }

  private List<Float> inputs(DatasetLoader loader, long epoch, int first) {
    var all = new ArrayList<Float>();
    try (DataLoader.Batches batches = loader.open(5, epoch, first)) {
      while (batches.hasNext()) {
        try (NDManager own = manager.newSubManager()) {
          for (float each : batches.next(own).inputs().head().toFloatArray()) {
            all.add(each);
          }
        }
      }
    }
    return all;
  }

  @Test
  void oneThreadOfItsOwnReadsAheadInOrderAndEndsWithThePass() throws InterruptedException {
    var dataset = new Drawn(false, false);
    DatasetLoader loader = DatasetLoader.of(dataset).batchSize(4).shuffled().ahead();
    assertThat(loader.isRepeatable()).isTrue();
    dataset.threads.clear();
    List<Float> all = inputs(loader, 0, 0);
    assertThat(dataset.threads).containsExactly("antiphon-dataset");
    assertThat(all).isEqualTo(inputs(DatasetLoader.of(dataset).batchSize(4).shuffled(), 0, 0));
    assertThat(inputs(loader, 0, 3)).isEqualTo(all.subList(24, 40));
    assertThat(inputs(loader, 1, 0)).isNotEqualTo(all);
    for (int i = 0; i < 20; i++) {
      loader.open(1, i, i % 5).close(); // while it still reads
    }
    for (Thread each : Thread.getAllStackTraces().keySet()) {
      if (each.getName().equals("antiphon-dataset")) { // its work is done; it ends a moment later
        assertThat(each.join(Duration.ofMinutes(1))).as("%s ends", each).isTrue();
      }
    }
  }

  @Test
  void whatIsDrawnFromTorchIsDrawnOnTheLoopsThreadByTheSeedTheEpochAndTheBatch() {
    var dataset = new Drawn(true, false);
    DatasetLoader loader = DatasetLoader.of(dataset).batchSize(4).ahead();
    assertThat(loader.isRepeatable()).isTrue();
    List<Float> all = inputs(loader, 0, 0);
    assertThat(dataset.threads).containsExactly(Thread.currentThread().getName());
    assertThat(inputs(loader, 0, 0)).isEqualTo(all);
    assertThat(inputs(loader, 0, 2)).isEqualTo(all.subList(16, 40));
    assertThat(inputs(loader, 1, 0)).isNotEqualTo(all);
  }

  @Test
  void whatNoSeedFixesIsSeen() {
    assertThat(DatasetLoader.of(new Drawn(false, true)).isRepeatable()).isFalse();
  }

  @Test
  void whatGoesWrongInTheThreadIsToldWithItsReason() {
    var dataset = new Drawn(false, false);
    DatasetLoader loader = DatasetLoader.of(dataset).batchSize(4).ahead();
    dataset.broken = 9;
    assertThatThrownBy(() -> inputs(loader, 0, 0))
        .isInstanceOf(DataException.class)
        .hasMessage("batch 2 of the data set cannot be read: '9.bin' is damaged");
  }

  @Test
  void onlyTheBatchesManagerOwnsArrays() {
    DatasetLoader loader = DatasetLoader.of(arrays(20)).batchSize(6).shuffled();
    int before = manager.getManagedArrays().size();
    targets(loader, 1, 0, 0);
    targets(loader, 1, 1, 2);
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void batchesEnterAutograd() {
    try (DataLoader.Batches batches = DatasetLoader.of(new Numbers(4)).open(1, 0, 0);
        var _ = Autograd.on()) {
      NDArray weights = manager.ones(new Shape(2));
      weights.setRequiresGradient(true);
      Autograd.backward(batches.next(manager).inputs().head().mul(weights).sum(), false);
      assertThat(weights.getGradient().toFloatArray()).containsExactly(12, 24);
    }
  }

  @Test
  void aDataSetWithoutRandomAccessSaysThatItCannotResumeExactly() {
    DatasetLoader loader = DatasetLoader.stream(stream(List.of(4, 4, 3)));
    assertThat(loader.resumesExactly()).isFalse();
    assertThat(loader.batches()).isEqualTo(3);
    assertThat(loader.samples()).isEqualTo(11);
    assertThat(loader.inputShapes()).containsExactly(new Shape(4, 2));
    assertThat(targets(loader, 1, 0, 0))
        .containsExactly(4L, 4L, 4L, 4L, 4L, 4L, 4L, 4L, 3L, 3L, 3L);
    assertThat(targets(loader, 1, 0, 2)).containsExactly(3L, 3L, 3L);
    assertThatThrownBy(loader::shuffled)
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("the order is the data set's own: it has no random access");
  }

  @Test
  void aDataSetThatShrinksIsSaidSo() {
    var sizes = new ArrayList<>(List.of(4, 4));
    DatasetLoader loader = DatasetLoader.stream(stream(sizes));
    sizes.removeLast();
    assertThatThrownBy(() -> targets(loader, 1, 0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the data set gave 1 batches this time, 2 before; it must give as many every time");
  }

  @Test
  void anEmptyDataSetIsRefused() {
    assertThatThrownBy(() -> DatasetLoader.of(new Numbers(0)))
        .hasMessage("the data set has 0 samples, must have 1 to 2147483647");
    assertThatThrownBy(() -> DatasetLoader.stream(stream(List.of())))
        .hasMessage("the data set gives no batch");
  }
}
