package io.antiphon.data;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.ListLoader.Batching;
import io.antiphon.core.Samples;
import io.antiphon.torch.RandomStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Loads batches from a [Stream], which is opened anew for every epoch: rows of a database, lines
/// of a log, what a generator makes without end.
///
/// ```
/// DataLoader train = StreamedLoader.of(100_000, () -> lines(file).map(Event::parse), Event::batch)
///     .batchSize(128).shuffled(10_000);
/// ```
///
/// A stream has no random access. So an order over all items cannot be drawn, only one within a
/// window ([#shuffled]); a run that begins in the middle of an epoch reads over what is before; and
/// it goes on exactly only if each stream gives the same items in the same order, which
/// [#repeatable] promises. Without that promise [#resumesExactly] is false, and a learner tells it
/// before the run.
///
/// A loader is a value: each method gives another one. It reads on the loop's thread; what takes
/// long is better read by a [PrefetchLoader].
///
/// @param <T> what a sample is made of
public final class StreamedLoader<T> implements DataLoader {
  private final int samples;
  private final Supplier<? extends Stream<T>> source;
  private final Batching<T> batching;
  private final int batchSize;
  private final int window;
  private final boolean repeatable;
  private @Nullable List<Shape> shapes;

  private StreamedLoader(
      int samples,
      Supplier<? extends Stream<T>> source,
      Batching<T> batching,
      int batchSize,
      int window,
      boolean repeatable) {
    this.samples = Check.atLeast("samples", samples, 1);
    this.source = source;
    this.batching = batching;
    this.batchSize = TensorLoader.checkedBatchSize(batchSize);
    this.window = Check.atLeast("window", window, 1);
    this.repeatable = repeatable;
  }

  /// {@return a loader in the order of the stream, in batches of 64, the last one smaller if need
  /// be}
  ///
  /// @param samples the number of samples of an epoch, at least 1: as many as the stream has, or
  ///   fewer, which are its first
  /// @param source opens a stream for an epoch; it is closed when the epoch is over
  /// @param batching makes a batch of some items
  public static <T> StreamedLoader<T> of(
      int samples, Supplier<? extends Stream<T>> source, Batching<T> batching) {
    return new StreamedLoader<>(samples, source, batching, 64, 1, false);
  }

  /// {@return a loader with batches of this size, at least 1}
  public StreamedLoader<T> batchSize(int batchSize) {
    return new StreamedLoader<>(samples, source, batching, batchSize, window, repeatable);
  }

  /// {@return a loader that keeps this number of items in memory and draws each sample among them,
  /// from the seed and the epoch}
  ///
  /// @param window how many, at least 1; with as many as there are samples, each order is equally
  ///   likely
  public StreamedLoader<T> shuffled(int window) {
    return new StreamedLoader<>(samples, source, batching, batchSize, window, repeatable);
  }

  /// {@return a loader whose source promises the same items in the same order every time}
  public StreamedLoader<T> repeatable() {
    return new StreamedLoader<>(samples, source, batching, batchSize, window, true);
  }

  @Override
  public int batches() {
    return TensorLoader.batches(samples, batchSize, false);
  }

  @Override
  public long samples() {
    return samples;
  }

  /// {@inheritDoc}
  ///
  /// They are those of a batch of the first item, for which a stream is opened.
  ///
  /// @throws IllegalStateException if the stream is empty
  @Override
  public List<Shape> inputShapes() {
    List<Shape> known = shapes;
    if (known == null) {
      try (Stream<T> stream = source.get();
          NDManager scratch = NDManager.newBaseManager()) {
        T first =
            stream
                .findFirst()
                .orElseThrow(() ->
                    new IllegalStateException(
                        "the stream has no item, so nothing tells the shapes of inputs"));
        known =
            batch(scratch, List.of(first)).inputs().stream()
                .map(input ->
                    TensorLoader.withLength(input.getShape(), Math.min(batchSize, samples)))
                .toList();
      }
      shapes = known;
    }
    return known;
  }

  /// A list's loader holds a batch to what it must be.
  private Samples batch(NDManager manager, List<T> items) {
    try (Batches one = DataLoader.of(items, batching).batchSize(items.size()).open(0, 0, 0)) {
      return one.next(manager);
    }
  }

  @Override
  public boolean resumesExactly() {
    return repeatable;
  }

  /// {@inheritDoc}
  ///
  /// The items before `first` are read over.
  ///
  /// @throws IllegalArgumentException if `first` is not an index of a batch, or the number of
  ///   batches
  @Override
  public Batches open(long seed, long epoch, int first) {
    TensorLoader.checkStart(first, batches());
    return new Epoch(seed, epoch, first);
  }

  @Override
  public String toString() {
    return "%d samples of a stream in %d batches of %d%s"
        .formatted(samples, batches(), batchSize, window > 1 ? ", shuffled within " + window : "");
  }

  private final class Epoch implements Batches {
    private final Stream<T> stream;
    private final Iterator<T> items;
    private final SplittableRandom random;
    private final List<T> kept = new ArrayList<>();
    private int read;
    private int next;

    Epoch(long seed, long epoch, int first) {
      random = new SplittableRandom(new RandomStream(seed, "shuffle").at(epoch, 0));
      stream = source.get();
      try {
        items = stream.iterator();
        while (next < first) {
          some();
        }
      } catch (RuntimeException | Error e) {
        stream.close();
        throw e;
      }
    }

    @Override
    public boolean hasNext() {
      return next < batches();
    }

    @Override
    public Samples next(NDManager manager) {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has only %d batches".formatted(batches()));
      }
      return batch(manager, some());
    }

    /// {@return the items of the next batch}
    private List<T> some() {
      var some = new ArrayList<T>();
      int size = Math.min(batchSize, samples - next * batchSize);
      for (int i = 0; i < size; i++) {
        some.add(one());
      }
      next++;
      return some;
    }

    private T one() {
      while (kept.size() < window && read < samples) {
        if (!items.hasNext()) {
          throw new IllegalStateException(
              "the stream has %d items in this epoch, not the %d that were promised"
                  .formatted(read, samples));
        }
        kept.add(items.next());
        read++;
      }
      int chosen = random.nextInt(kept.size());
      T one = kept.get(chosen);
      T last = kept.removeLast();
      if (chosen < kept.size()) {
        kept.set(chosen, last);
      }
      return one;
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
