package io.antiphon.data;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import io.antiphon.torch.RandomStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An open epoch whose samples threads read ahead into a ring of batches.
///
/// Threads claim samples one after another, and wait when the sample's batch has no place in the
/// ring yet. The loop takes batch after batch, each when its last sample is there, and then gives
/// the place to the batch that comes a ring's length later.
final class ReadAhead implements DataLoader.Batches {
  private final SampleReader reader;
  private final EpochRows rows;
  private final RandomStream draws;
  private final long epoch;
  private final Arena arena = Arena.ofShared();
  private final Place[] ring;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong claimed;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();
  private final Condition filled = lock.newCondition();
  private volatile int taken;
  private volatile boolean closed;
  private long waited;

  /// @param rows what is read
  /// @param first the first batch to give
  ReadAhead(
      SampleReader reader,
      EpochRows rows,
      int first,
      long seed,
      long epoch,
      int threads,
      int ahead) {
    this.reader = reader;
    this.rows = rows;
    this.draws = new RandomStream(seed, "samples");
    this.epoch = epoch;
    taken = first;
    claimed = new AtomicLong(rows.start(first));
    ring = new Place[Math.max(1, Math.min(ahead, rows.batches - first))];
    try {
      for (int i = 0; i < ring.length; i++) {
        ring[i] = new Place();
      }
      for (int batch = first; batch < Math.min(first + ring.length, rows.batches); batch++) {
        place(batch).left.set(rows.size(batch));
      }
      int samples = rows.count - rows.start(first);
      for (int i = 0; i < Math.min(threads, samples); i++) {
        this.threads.add(
            Thread.ofPlatform().daemon().name("antiphon-read-ahead-" + i).start(this::read));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private Place place(int batch) {
    return ring[batch % ring.length];
  }

  /// What a thread does.
  private void read() {
    long item;
    while ((item = claimed.getAndIncrement()) < rows.count && awaitPlace(rows.batch(item))) {
      int batch = rows.batch(item);
      Place place = place(batch);
      int within = (int) item - rows.start(batch);
      int sample = rows.order[(int) item];
      try {
        List<ByteBuffer> arrays = place.samples.get(within);
        for (int i = 0; i < arrays.size(); i++) {
          arrays.get(i).clear();
        }
        reader.read(sample, new SplittableRandom(draws.at(epoch, sample)), arrays);
      } catch (Throwable e) { // the loop's to tell
        place.failed(new Failure(within, sample, e));
      }
      if (place.left.decrementAndGet() == 0) {
        signal(filled);
      }
    }
  }

  private boolean awaitPlace(int batch) {
    if (batch - taken >= ring.length && !closed) {
      lock.lock();
      try {
        while (batch - taken >= ring.length && !closed) {
          freed.awaitUninterruptibly();
        }
      } finally {
        lock.unlock();
      }
    }
    return !closed;
  }

  private void signal(Condition condition) {
    lock.lock();
    try {
      condition.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean hasNext() {
    return taken < rows.batches;
  }

  @Override
  public Samples next(NDManager manager) {
    if (!hasNext()) {
      throw new NoSuchElementException("the epoch has only %d batches".formatted(rows.batches));
    }
    int batch = taken;
    Place place = place(batch);
    awaitFilled(place);
    if (place.failure != null) {
      throw place.failure.told(reader);
    }
    Samples.Part part = rows.part(batch);
    NDList arrays = place.arrays(part.taken(), manager);
    if (batch + ring.length < rows.batches) {
      place.left.set(rows.size(batch + ring.length));
    }
    taken = batch + 1; // only this thread writes it
    if (taken % Math.max(1, ring.length / 4) == 0) { // each waking costs both sides a switch
      signal(freed);
    }
    int split = reader.inputs().size();
    try (var _ = Autograd.off()) {
      NDList inputs = reader.prepare(arrays.subNDList(0, split));
      return new Samples(inputs, arrays.subNDList(split), part.taken(), part);
    }
  }

  private void awaitFilled(Place place) {
    if (place.left.get() == 0) {
      return;
    }
    long start = System.nanoTime();
    lock.lock();
    try {
      while (place.left.get() != 0) {
        filled.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    waited += System.nanoTime() - start;
  }

  @Override
  public Duration waited() {
    return Duration.ofNanos(waited);
  }

  /// Ends the threads, each after the sample that it is reading, and gives the memory back.
  @Override
  public void close() {
    closed = true;
    signal(freed);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (arena.scope().isAlive()) {
      arena.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A place of the ring: the memory of a batch.
  private final class Place {
    final List<ByteBuffer> fields = new ArrayList<>();
    final List<List<ByteBuffer>> samples = new ArrayList<>();

    /// How many samples are still to be read.
    final AtomicInteger left = new AtomicInteger();

    volatile @Nullable Failure failure;

    Place() {
      for (SampleReader.Field field : all()) {
        fields.add(
            arena
                .allocate(Math.multiplyExact((long) field.bytes(), rows.most()), 64)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder()));
      }
      for (int i = 0; i < rows.most(); i++) {
        var arrays = new ArrayList<ByteBuffer>();
        for (int f = 0; f < fields.size(); f++) {
          int bytes = all().get(f).bytes();
          arrays.add(fields.get(f).slice(i * bytes, bytes).order(ByteOrder.nativeOrder()));
        }
        samples.add(List.copyOf(arrays));
      }
    }

    private List<SampleReader.Field> all() {
      var all = new ArrayList<>(reader.inputs());
      all.addAll(reader.targets());
      return all;
    }

    synchronized void failed(Failure other) {
      if (failure == null || other.within < failure.within) {
        failure = other;
      }
    }

    /// {@return copies of the first samples, on the manager's device}
    NDList arrays(int size, NDManager manager) {
      List<SampleReader.Field> all = all();
      try (NDManager scratch = manager.newSubManager(Device.cpu())) {
        var views = new NDList();
        for (int f = 0; f < all.size(); f++) {
          Shape shape = new Shape(size).addAll(all.get(f).shape());
          ByteBuffer bytes = fields.get(f).slice(0, size * all.get(f).bytes());
          views.add(scratch.create(bytes.order(ByteOrder.nativeOrder()), shape, all.get(f).type()));
        }
        NDList copies = Copies.of(views, manager);
        return manager.getDevice().equals(Device.cpu())
            ? copies
            : TensorLoader.moved(copies, manager.getDevice());
      }
    }
  }

  /// What went wrong with a sample.
  ///
  /// @param within its place in the batch
  private record Failure(int within, int sample, Throwable cause) {
    RuntimeException told(SampleReader reader) {
      return switch (cause) {
        case DataException e -> new DataException(String.valueOf(e.getMessage()), e);
        case IOException e ->
            new DataException(
                "%s cannot be read: %s".formatted(reader.describe(sample), reason(e)), e);
        case Error e -> throw e;
        default ->
            new IllegalStateException(
                "reading %s failed: %s".formatted(reader.describe(sample), cause), cause);
      };
    }

    private static String reason(IOException e) {
      return e.getClass() == IOException.class && e.getMessage() != null
          ? e.getMessage()
          : e.toString();
    }
  }
}
