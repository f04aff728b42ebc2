package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.Autograd;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Loads batches from a list of anything: records, rows, names of files. Made by [DataLoader#of].
///
/// A loader is a value: [#batchSize], [#shuffled] and [#dropLast] give another loader of the same
/// list, which must not change while a learner uses it.
///
/// @param <T> what a sample is made of
public final class ListLoader<T> implements DataLoader {
  private final List<T> items;
  private final Batching<T> batching;
  private final int batchSize;
  private final boolean shuffled;
  private final boolean dropsLast;
  private @Nullable List<Shape> shapes;

  /// Makes a batch of items.
  ///
  /// It draws nothing at random of its own; what is random in a batch belongs into a callback.
  @FunctionalInterface
  public interface Batching<T> {
    /// {@return the batch, as many samples as there are items}
    ///
    /// @param manager who shall own the arrays, and names the device that they shall be on
    /// @param items of the batch, at least one, in order
    Samples batch(NDManager manager, List<T> items);
  }

  ListLoader(
      List<T> items, Batching<T> batching, int batchSize, boolean shuffled, boolean dropsLast) {
    this.items = items;
    this.batching = batching;
    this.batchSize = Check.atLeast("batch size", batchSize, 1);
    this.shuffled = shuffled;
    this.dropsLast = dropsLast;
  }

  /// {@return a loader with batches of this size, at least 1}
  public ListLoader<T> batchSize(int batchSize) {
    return new ListLoader<>(items, batching, batchSize, shuffled, dropsLast);
  }

  /// {@return a loader that draws a new order for every epoch from the seed}
  public ListLoader<T> shuffled() {
    return new ListLoader<>(items, batching, batchSize, true, dropsLast);
  }

  /// {@return a loader that leaves out the last batch of an epoch if it is smaller than the others}
  public ListLoader<T> dropLast() {
    return new ListLoader<>(items, batching, batchSize, shuffled, true);
  }

  @Override
  public int batches() {
    return dropsLast ? items.size() / batchSize : Math.ceilDiv(items.size(), batchSize);
  }

  @Override
  public long samples() {
    return dropsLast ? items.size() - items.size() % batchSize : items.size();
  }

  /// {@inheritDoc}
  ///
  /// They are those of a batch of the first item, which is made for it.
  ///
  /// @throws IllegalStateException if there is no item
  @Override
  public List<Shape> inputShapes() {
    List<Shape> known = shapes;
    if (known == null) {
      if (items.isEmpty()) {
        throw new IllegalStateException(
            "there is no sample, so nothing tells the shapes of inputs; give at least one");
      }
      try (NDManager scratch = NDManager.newBaseManager();
          var _ = Autograd.off()) {
        known =
            made(scratch, items.subList(0, 1)).inputs().stream()
                .map(input ->
                    new Shape(Math.min(batchSize, items.size())).addAll(input.getShape().slice(1)))
                .toList();
      }
      shapes = known;
    }
    return known;
  }

  @Override
  public Batches open(long seed, long epoch, int first) {
    return open(seed, epoch, first, 0, 1);
  }

  @Override
  public DataLoader share(int rank, int ranks) {
    return new Share(this, (seed, epoch, first) -> open(seed, epoch, first, rank, ranks));
  }

  private Batches open(long seed, long epoch, int first, int rank, int ranks) {
    if (first < 0 || first > batches()) {
      throw new IllegalArgumentException(
          "an epoch of %d batches cannot start at batch %d".formatted(batches(), first));
    }
    int[] order =
        shuffled
            ? Permutation.of(seed, epoch, 0, items.size())
            : IntStream.range(0, items.size()).toArray();
    return new Batches() {
      private int next = first;

      @Override
      public boolean hasNext() {
        return next < batches();
      }

      @Override
      public Samples next(NDManager manager) {
        if (!hasNext()) {
          throw new NoSuchElementException("the epoch has only %d batches".formatted(batches()));
        }
        int start = next++ * batchSize;
        int size = Math.min(batchSize, items.size() - start);
        var part = Samples.Part.of(size, rank, ranks);
        var chosen = new Chosen<>(items, order, start + part.first(), part.taken());
        Samples made = made(manager, chosen);
        return new Samples(made.inputs(), made.targets(), made.size(), part);
      }
    };
  }

  /// Some of the items, in the order of the epoch.
  private static final class Chosen<T> extends AbstractList<T> {
    private final List<T> items;
    private final int[] order;
    private final int start;
    private final int size;

    Chosen(List<T> items, int[] order, int start, int size) {
      this.items = items;
      this.order = order;
      this.start = start;
      this.size = size;
    }

    @Override
    public T get(int index) {
      java.util.Objects.checkIndex(index, size);
      return items.get(order[start + index]);
    }

    @Override
    public int size() {
      return size;
    }
  }

  private Samples made(NDManager manager, List<T> chosen) {
    Samples samples = batching.batch(manager, chosen);
    if (samples.inputs().isEmpty()) {
      throw new IllegalArgumentException("a batch was made without inputs");
    }
    var arrays = new ArrayList<NDArray>(samples.inputs());
    arrays.addAll(samples.targets());
    for (NDArray array : arrays) {
      Shape shape = array.getShape();
      if (shape.dimension() == 0 || shape.get(0) != chosen.size()) {
        throw new IllegalArgumentException(
            "a batch of %d items was made into an array of shape %s; its first axis must be that of the items"
                .formatted(chosen.size(), shape));
      }
    }
    if (samples.size() != chosen.size()) {
      throw new IllegalArgumentException(
          "a batch of %d items was made into %d samples; it must be as many"
              .formatted(chosen.size(), samples.size()));
    }
    return samples;
  }

  @Override
  public String toString() {
    return "%d samples in %d batches of %d%s"
        .formatted(items.size(), batches(), batchSize, shuffled ? ", shuffled" : "");
  }
}
