package io.antiphon.data;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import ai.djl.translate.TranslateException;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Permutation;
import io.antiphon.core.Samples;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Loads batches from a data set of DJL.
///
/// A data set with random access ([#of(RandomAccessDataset)]) is read in an order of our own: its
/// sampler, whose shuffle is neither uniform nor repeatable, is left aside, and a run can resume
/// anywhere. Its transforms, batchifiers and device stay. Any other data set ([#stream(Dataset)])
/// gives the batches that it wants; a resumed run does not see the same ones again, and
/// [#resumesExactly()] says so.
///
/// What a data set's transforms draw from libtorch's generators is a function of the seed, the
/// epoch and the batch. What they draw from elsewhere, as DJL's random flips and crops do, is fixed
/// by no seed.
///
/// A loader is a value: [#batchSize], [#shuffled], [#dropLast], [#ahead] and [#prefetching] give
/// another loader of the same data set. There is nothing to close.
public final class DatasetLoader implements DataLoader {
  private final Source source;

  private DatasetLoader(Source source) {
    this.source = source;
  }

  /// {@return a loader of all samples in order, in batches of 64, the last one smaller if need be}
  ///
  /// Prepares the data set and reads its first sample, to know its shapes.
  ///
  /// @param dataset a data set with at least one sample; the sampler in it is not used
  /// @throws UncheckedIOException if it cannot be read
  /// @throws IllegalArgumentException if it is empty, or its transforms fail
  public static DatasetLoader of(RandomAccessDataset dataset) {
    prepare(dataset);
    long size = dataset.size();
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the data set has %d samples, must have 1 to %d".formatted(size, Integer.MAX_VALUE));
    }
    List<Shape> shapes;
    try (NDManager scratch = NDManager.newBaseManager(Device.cpu())) {
      var one = new Order(new int[] {0}, 1, 0, 1);
      try (Batch batch = iterator(() -> dataset.getData(scratch, one)).next()) {
        shapes = batch.getData().stream().map(NDArray::getShape).toList();
      }
    }
    return new DatasetLoader(new RandomAccess(dataset, (int) size, shapes));
  }

  /// {@return a loader of the batches that a data set gives}
  ///
  /// Prepares the data set and reads it once, to know how many batches there are and their shapes.
  ///
  /// @param dataset a data set that gives as many batches every time, at least one
  /// @throws UncheckedIOException if it cannot be read
  /// @throws IllegalArgumentException if it is empty, or its transforms fail
  public static DatasetLoader stream(Dataset dataset) {
    prepare(dataset);
    int batches = 0;
    long samples = 0;
    List<Shape> shapes = List.of();
    try (NDManager scratch = NDManager.newBaseManager(Device.cpu())) {
      Iterator<Batch> all = iterator(() -> dataset.getData(scratch));
      while (all.hasNext()) {
        try (Batch batch = all.next()) {
          if (batches == 0) {
            shapes = batch.getData().stream().map(NDArray::getShape).toList();
          }
          batches++;
          samples += batch.getSize();
        }
      }
    }
    if (batches == 0) {
      throw new IllegalArgumentException("the data set gives no batch");
    }
    return new DatasetLoader(new Stream(dataset, batches, samples, shapes));
  }

  /// {@return a loader with batches of this size, at least 1}
  ///
  /// @throws UnsupportedOperationException if the data set has no random access
  public DatasetLoader batchSize(int batchSize) {
    TensorLoader.checkedBatchSize(batchSize);
    return changed("batch size", copy -> copy.batchSize = batchSize);
  }

  /// {@return a loader that draws a new order for every epoch from the seed}
  ///
  /// @throws UnsupportedOperationException if the data set has no random access
  public DatasetLoader shuffled() {
    return changed("order", copy -> copy.shuffled = true);
  }

  /// {@return a loader that leaves out the last batch of an epoch if it is smaller than the others}
  ///
  /// @throws UnsupportedOperationException if the data set has no random access
  public DatasetLoader dropLast() {
    return changed("last batch", copy -> copy.dropsLast = true);
  }

  /// {@return a loader whose batches a thread of its own reads ahead of the loop, as many as the
  /// data set's `optPrefetchNumber` says}
  ///
  /// It is one thread, and reads one sample after the other, for DJL does not say that a data set
  /// bears several; it ends with the pass. One whose transforms draw from libtorch's generators, as
  /// reading a sample shows, stays with the loop's own thread: the generators are the loop's, too.
  ///
  /// @throws UnsupportedOperationException if the data set has no random access
  public DatasetLoader ahead() {
    return changed("reading ahead", copy -> copy.ahead = !copy.draws().fromTorch());
  }

  /// {@return whether the same samples are the same whenever they are read: what the transforms
  /// draw, as far as reading a sample some times shows, is fixed by the seed}
  ///
  /// @throws UnsupportedOperationException if the data set has no random access
  public boolean isRepeatable() {
    return !randomAccess("repetition").draws().fromElsewhere();
  }

  /// {@return a loader that reads ahead on other threads, which the data set must bear, as many
  /// batches as the data set's `optPrefetchNumber` says}
  ///
  /// @param executor who reads; it stays the caller's
  /// @throws UnsupportedOperationException if the data set has no random access
  public DatasetLoader prefetching(ExecutorService executor) {
    return changed(
        "prefetching",
        copy -> {
          copy.ahead = false;
          copy.executor = executor;
        });
  }

  private DatasetLoader changed(String what, Consumer<RandomAccess> change) {
    var copy = new RandomAccess(randomAccess(what));
    change.accept(copy);
    return new DatasetLoader(copy);
  }

  private RandomAccess randomAccess(String what) {
    if (source instanceof RandomAccess randomAccess) {
      return randomAccess;
    }
    throw new UnsupportedOperationException(
        "the %s is the data set's own: it has no random access".formatted(what));
  }

  @Override
  public int batches() {
    return source.batches();
  }

  @Override
  public long samples() {
    return source.samples();
  }

  @Override
  public List<Shape> inputShapes() {
    return source.inputShapes();
  }

  @Override
  public boolean resumesExactly() {
    return source instanceof RandomAccess;
  }

  /// {@inheritDoc}
  ///
  /// A data set without random access that shall start later than at batch 0 gives and drops the
  /// batches before.
  @Override
  public Batches open(long seed, long epoch, int first) {
    TensorLoader.checkStart(first, batches());
    return source.open(seed, epoch, first);
  }

  private static void prepare(Dataset dataset) {
    try (var told = new ToldProgress()) {
      dataset.prepare(told);
    } catch (IOException e) {
      throw new UncheckedIOException("the data set cannot be read: " + e.getMessage(), e);
    } catch (TranslateException e) {
      throw new IllegalArgumentException("the data set's transforms fail: " + e.getMessage(), e);
    }
  }

  private static Iterator<Batch> iterator(Reading reading) {
    try {
      return reading.read().iterator();
    } catch (IOException e) {
      throw new UncheckedIOException("the data set cannot be read: " + e.getMessage(), e);
    } catch (TranslateException e) {
      throw new IllegalArgumentException("the data set's transforms fail: " + e.getMessage(), e);
    }
  }

  @FunctionalInterface
  private interface Reading {
    Iterable<Batch> read() throws IOException, TranslateException;
  }

  private sealed interface Source {
    int batches();

    long samples();

    List<Shape> inputShapes();

    Batches open(long seed, long epoch, int first);
  }

  private static final class RandomAccess implements Source {
    private final RandomAccessDataset dataset;
    private final int count;
    private final List<Shape> shapes;
    private int batchSize = 64;
    private boolean shuffled;
    private boolean dropsLast;
    private boolean ahead;
    private @Nullable ExecutorService executor;

    RandomAccess(RandomAccessDataset dataset, int count, List<Shape> shapes) {
      this.dataset = dataset;
      this.count = count;
      this.shapes = shapes;
    }

    RandomAccess(RandomAccess other) {
      this(other.dataset, other.count, other.shapes);
      batchSize = other.batchSize;
      shuffled = other.shuffled;
      dropsLast = other.dropsLast;
      ahead = other.ahead;
      executor = other.executor;
    }

    Draws draws() {
      return Draws.of(manager ->
          iterator(() -> dataset.getData(manager, new Order(new int[] {0}, 1, 0, 1))).next());
    }

    @Override
    public int batches() {
      return TensorLoader.batches(count, batchSize, dropsLast);
    }

    @Override
    public long samples() {
      return dropsLast ? count - count % batchSize : count;
    }

    @Override
    public List<Shape> inputShapes() {
      return shapes.stream()
          .map(shape -> TensorLoader.withLength(shape, Math.min(batchSize, count)))
          .toList();
    }

    @Override
    public Batches open(long seed, long epoch, int first) {
      int[] order =
          shuffled ? Permutation.of(seed, epoch, 0, count) : IntStream.range(0, count).toArray();
      var sampler = new Order(order, batchSize, first, batches());
      Optional<ExecutorService> own = ahead ? Optional.of(oneThread()) : Optional.empty();
      @Nullable ExecutorService reading = own.isPresent() ? own.get() : executor;
      return new Epoch(
          manager ->
              reading == null
                  ? dataset.getData(manager, sampler)
                  : dataset.getData(manager, sampler, reading),
          sampler,
          first,
          batches(),
          new Draws.Place(new RandomStream(seed, "dataset"), epoch, reading == null),
          own);
    }
  }

  private static ExecutorService oneThread() {
    return Executors.newSingleThreadExecutor(reading ->
        Thread.ofPlatform()
            .daemon()
            .name("antiphon-dataset")
            .unstarted(() -> {
              try (var _ = Autograd.off()) {
                reading.run();
              }
            }));
  }

  private record Stream(Dataset dataset, int batches, long samples, List<Shape> inputShapes)
      implements Source {
    @Override
    public Batches open(long seed, long epoch, int first) {
      var batches =
          new Epoch(
              dataset::getData,
              null,
              0,
              batches(),
              new Draws.Place(new RandomStream(seed, "dataset"), epoch, true),
              Optional.empty());
      for (int i = 0; i < first; i++) {
        batches.read().close();
      }
      return batches;
    }
  }

  @FunctionalInterface
  private interface Opening {
    Iterable<Batch> open(NDManager manager) throws IOException, TranslateException;
  }

  /// An open epoch. The data set works in a manager of this epoch; its arrays go to the batch's.
  private static final class Epoch implements Batches {
    private final NDManager manager = NDManager.newBaseManager(Device.cpu());
    private final Iterator<Batch> source;
    private final @Nullable Order order;
    private final int batches;
    private final Draws.Place draws;
    private final Optional<ExecutorService> own;
    private int next;
    private long waited;

    Epoch(
        Opening opening,
        @Nullable Order order,
        int first,
        int batches,
        Draws.Place draws,
        Optional<ExecutorService> own) {
      this.order = order;
      this.batches = batches;
      this.draws = draws;
      this.own = own;
      next = first;
      try {
        source = draws.at(first, () -> iterator(() -> opening.open(manager)));
      } catch (RuntimeException | Error e) {
        own.ifPresent(ExecutorService::shutdownNow);
        manager.close();
        throw e;
      }
    }

    @Override
    public boolean hasNext() {
      return next < batches;
    }

    Batch read() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has only %d batches".formatted(batches));
      }
      long start = System.nanoTime();
      try {
        return draws.at(next, this::given);
      } finally {
        next++;
        waited += System.nanoTime() - start;
      }
    }

    private Batch given() {
      if (!source.hasNext()) {
        throw new IllegalStateException(
            "the data set gave %d batches this time, %d before; it must give as many every time"
                .formatted(next, batches));
      }
      try {
        return source.next();
      } catch (IllegalStateException e) { // so DJL tells of it
        throw told(e);
      }
    }

    private RuntimeException told(IllegalStateException failure) {
      Throwable cause = failure;
      while (cause.getCause() != null
          && (cause == failure || cause instanceof ExecutionException)) {
        cause = cause.getCause();
      }
      return switch (cause) {
        case DataException e -> e;
        case IOException e ->
            new DataException(
                "batch %d of the data set cannot be read: %s".formatted(next, e.getMessage()), e);
        case Error e -> throw e;
        default ->
            cause == failure
                ? failure
                : new IllegalStateException(
                    "reading batch %d of the data set failed: %s".formatted(next, cause), cause);
      };
    }

    /// All the time that reading took, if the loop's own thread reads.
    @Override
    public Duration waited() {
      return Duration.ofNanos(waited);
    }

    @Override
    public Samples next(NDManager owner) {
      try (Batch batch = read()) {
        return new Samples(
            moved(batch.getData(), owner), moved(batch.getLabels(), owner), batch.getSize());
      }
    }

    private static NDList moved(NDList arrays, NDManager owner) {
      var given = new NDList();
      for (NDArray array : arrays) {
        array.attach(owner);
        if (array.getDevice().equals(owner.getDevice())) {
          given.add(array);
        } else {
          try (array) {
            given.add(array.toDevice(owner.getDevice(), true));
          }
        }
      }
      return given;
    }

    private void drop() {
      try {
        source.next().close();
      } catch (RuntimeException _) {
        // it could not be read, and nobody wants it any more
      }
    }

    /// Waits for the batches that other threads are reading: they use the manager.
    @Override
    public void close() {
      try (manager) {
        if (order != null) {
          order.stop();
          while (source.hasNext()) {
            drop();
          }
        }
        own.ifPresent(ExecutorService::close);
      }
    }
  }

  /// Gives DJL the indices of the batches from `first` to `end`.
  private static final class Order implements Sampler {
    private final int[] order;
    private final int batchSize;
    private final int first;
    private final int end;
    private boolean stopped;

    Order(int[] order, int batchSize, int first, int end) {
      this.order = order;
      this.batchSize = batchSize;
      this.first = first;
      this.end = end;
    }

    /// Ends every iterator.
    void stop() {
      stopped = true;
    }

    @Override
    public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
      return new Iterator<>() {
        private int next = first;

        @Override
        public boolean hasNext() {
          return !stopped && next < end;
        }

        @Override
        public List<Long> next() {
          int from = next++ * batchSize;
          return Arrays.stream(order, from, from + Math.min(batchSize, order.length - from))
              .asLongStream()
              .boxed()
              .toList();
        }
      };
    }

    @Override
    public int getBatchSize() {
      return batchSize;
    }
  }
}
