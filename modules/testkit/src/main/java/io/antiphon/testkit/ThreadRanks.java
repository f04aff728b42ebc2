package io.antiphon.testkit;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.antiphon.core.Ranks;
import io.antiphon.torch.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Ranks that are threads of this JVM, to test what runs in several processes without a cluster.
///
/// ```
/// List<float[]> weights = ThreadRanks.run(2, ranks -> {
///   try (Learner learner = TinyTask.learner().ranks(ranks).callbacks(new DataParallel()).build()) {
///     learner.fit(1);
///     return …;
///   }
/// });
/// ```
///
/// What belongs to a whole process is shared by them: libtorch's generator (draw by
/// [io.antiphon.torch.RandomStream#draw], and each thread gets its own numbers), its number of
/// threads, standard output. Arrays are on the CPU.
public final class ThreadRanks implements Ranks {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Shared shared;
  private final int rank;

  /// What the threads have together.
  private static final class Shared {
    final @Nullable Object[] given;
    final int size;
    private int waiting;
    private long round;
    private @Nullable String ended; // why nobody shall wait any more

    Shared(int size) {
      this.size = size;
      given = new Object[size];
    }

    synchronized void end(String why) {
      if (ended == null) {
        ended = why;
      }
      notifyAll();
    }

    /// Waits for all.
    ///
    /// @return why that is in vain; null if all came
    synchronized @Nullable String await() throws InterruptedException {
      long own = round;
      long until = System.nanoTime() + PATIENCE.toNanos();
      if (ended == null && ++waiting == size) {
        waiting = 0;
        round++;
        notifyAll();
      }
      while (own == round && ended == null) {
        long left = (until - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          ended = "it does not come";
          notifyAll();
        } else {
          wait(left);
        }
      }
      return own == round ? ended : null;
    }
  }

  private ThreadRanks(Shared shared, int rank) {
    this.shared = shared;
    this.rank = rank;
  }

  /// Runs something once for each rank, each on a thread of its own.
  ///
  /// @param size how many ranks, at least 1
  /// @return what each returned, in the order of ranks
  /// @throws IllegalStateException if one failed: the first failure is the cause, and those of the
  ///   others, which no longer found it, are suppressed in it
  public static <T> List<T> run(int size, Function<Ranks, T> body) {
    var shared = new Shared(size);
    var results = new ArrayList<@Nullable T>();
    var failures = new ArrayList<Throwable>();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < size; i++) {
      results.add(null);
    }
    for (int i = 0; i < size; i++) {
      var ranks = new ThreadRanks(shared, i);
      threads.add(
          Thread.ofPlatform()
              .name("rank-" + i)
              .start(() -> {
                try {
                  T result = body.apply(ranks);
                  synchronized (results) {
                    results.set(ranks.rank, result);
                  }
                } catch (Throwable e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                } finally {
                  shared.end("it has ended"); // whoever waits for it waits in vain
                }
              }));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while ranks run", e);
      }
    }
    if (!failures.isEmpty()) {
      var failure =
          new IllegalStateException("a rank failed: " + failures.getFirst(), failures.getFirst());
      failures.stream().skip(1).forEach(failure::addSuppressed);
      throw failure;
    }
    var all = new ArrayList<T>();
    for (T result : results) {
      all.add(java.util.Objects.requireNonNull(result, "what a rank returns"));
    }
    return all;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return shared.size;
  }

  @Override
  public boolean sumsOn(Device device) {
    return device.equals(Device.cpu());
  }

  @Override
  public void sum(NDArray array, String what) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment own = Memory.view(array, arena);
      List<Object> all = exchange(own, what);
      MemorySegment total = arena.allocate(Math.max(8, own.byteSize()), 8);
      for (Object each : all) {
        add((MemorySegment) each, total, array.getDataType(), what);
      }
      await(what); // all have read
      MemorySegment.copy(total, 0, own, 0, own.byteSize());
      await(what); // all have written: then the views may go
    }
  }

  private static void add(MemorySegment from, MemorySegment to, DataType type, String what) {
    if (Math.max(8, from.byteSize()) != to.byteSize()) {
      throw new IllegalStateException(
          "%s of %d bytes cannot be added to %d".formatted(what, from.byteSize(), to.byteSize()));
    }
    for (long i = 0, at = 0; at < from.byteSize(); i++, at += type.getNumOfBytes()) {
      switch (type) {
        case FLOAT32 ->
            to.setAtIndex(
                ValueLayout.JAVA_FLOAT,
                i,
                to.getAtIndex(ValueLayout.JAVA_FLOAT, i)
                    + from.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i));
        case FLOAT64 ->
            to.setAtIndex(
                ValueLayout.JAVA_DOUBLE,
                i,
                to.getAtIndex(ValueLayout.JAVA_DOUBLE, i)
                    + from.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i));
        case INT64 ->
            to.setAtIndex(
                ValueLayout.JAVA_LONG,
                i,
                to.getAtIndex(ValueLayout.JAVA_LONG, i)
                    + from.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
        default -> throw new IllegalArgumentException(type + " is not summed over ranks");
      }
    }
  }

  @Override
  public void sum(double[] values, String what) {
    List<Object> all = exchange(values.clone(), what);
    java.util.Arrays.fill(values, 0);
    for (Object each : all) {
      double[] other = (double[]) each;
      for (int i = 0; i < values.length; i++) {
        values[i] += other[i];
      }
    }
  }

  @Override
  public void max(long[] values, String what) {
    for (Object each : exchange(values.clone(), what)) {
      long[] other = (long[]) each;
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.max(values[i], other[i]);
      }
    }
  }

  @Override
  public void broadcast(NDArray array, String what) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment own = Memory.view(array, arena);
      var first = (MemorySegment) exchange(own, what).getFirst();
      if (rank > 0) {
        own.copyFrom(first);
      }
      await(what);
    }
  }

  @Override
  public String broadcast(String text, String what) {
    return (String) exchange(text, what).getFirst();
  }

  @Override
  public void abort(String why) {
    shared.end(why);
  }

  /// {@return what all ranks give, in their order}
  private List<Object> exchange(Object own, String what) {
    shared.given[rank] = own;
    await(what);
    var all = new ArrayList<Object>();
    for (Object each : shared.given) {
      all.add(java.util.Objects.requireNonNull(each));
    }
    await(what); // all have read
    for (Object each : all) {
      if (each.getClass() != own.getClass() && !(each instanceof MemorySegment)) {
        throw new IllegalStateException(
            "rank %d is at %s, another one somewhere else".formatted(rank, what));
      }
    }
    return all;
  }

  private void await(String what) {
    @Nullable String why;
    try {
      why = shared.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at " + what, e);
    }
    if (why != null) {
      throw new IllegalStateException(
          "rank %d of %d waits for the %s, but another rank is gone or takes another way: %s"
              .formatted(rank, size(), what, why));
    }
  }
}
