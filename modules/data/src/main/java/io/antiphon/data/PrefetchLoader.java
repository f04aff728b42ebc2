package io.antiphon.data;

import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Permutation;
import io.antiphon.core.Share;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Loads batches from samples that threads of its own read ahead of the loop.
///
/// ```
/// PrefetchLoader all = PrefetchLoader.of(reader).batchSize(64);
/// PrefetchLoader train = all.part(trainIndices).shuffled();
/// PrefetchLoader valid = all.part(validIndices);
/// ```
///
/// Batches come in order, and what a sample draws depends on the seed, the epoch and its index
/// alone: the values are the same whatever the number of threads, and an epoch opens at any batch
/// without reading those before. Memory is that of a fixed number of batches, outside the heap,
/// taken when an epoch opens and given back when it closes; its threads end then too. A sample that
/// cannot be read fails the loop at its batch, with its name.
///
/// A loader is a value: [#part], [#batchSize], [#shuffled], [#dropLast], [#threads] and [#ahead]
/// give another loader of the same samples. There is nothing to close.
public final class PrefetchLoader implements DataLoader {
  /// What as many small batches may take as help against a thread that gets its turn late.
  private static final double ROOM = 32 << 20;

  private static final int LEAST = 4;
  private static final int MOST = 64;

  private final SampleReader reader;
  private final int[] samples;
  private final int batchSize;
  private final boolean shuffled;
  private final boolean dropsLast;
  private final int threads;
  private final int ahead;

  private PrefetchLoader(
      SampleReader reader,
      int[] samples,
      int batchSize,
      boolean shuffled,
      boolean dropsLast,
      int threads,
      int ahead) {
    this.reader = reader;
    this.samples = samples;
    this.batchSize = batchSize;
    this.shuffled = shuffled;
    this.dropsLast = dropsLast;
    this.threads = threads;
    this.ahead = ahead;
  }

  /// {@return a loader of all samples in order, in batches of 64, the last one smaller if need be,
  /// read by a thread for each processor, as many batches ahead as [#ahead] says of 0}
  ///
  /// @throws IllegalArgumentException if there is no sample, or nothing in one
  public static PrefetchLoader of(SampleReader reader) {
    Check.atLeast("the number of samples", reader.size(), 1);
    Check.atLeast("the number of inputs", reader.inputs().size(), 1);
    return new PrefetchLoader(
        reader,
        IntStream.range(0, reader.size()).toArray(),
        64,
        false,
        false,
        Runtime.getRuntime().availableProcessors(),
        0);
  }

  /// {@return a loader of some of the samples, in this order}
  ///
  /// @param samples indices of the reader's samples, at least one
  public PrefetchLoader part(int... samples) {
    Check.atLeast("the number of samples", samples.length, 1);
    for (int sample : samples) {
      Check.within("the index of a sample", sample, 0, reader.size() - 1);
    }
    return new PrefetchLoader(
        reader, samples.clone(), batchSize, shuffled, dropsLast, threads, ahead);
  }

  /// {@return a loader with batches of this size, at least 1}
  public PrefetchLoader batchSize(int batchSize) {
    return new PrefetchLoader(
        reader,
        samples,
        TensorLoader.checkedBatchSize(batchSize),
        shuffled,
        dropsLast,
        threads,
        ahead);
  }

  /// {@return a loader that draws a new order for every epoch from the seed}
  public PrefetchLoader shuffled() {
    return new PrefetchLoader(reader, samples, batchSize, true, dropsLast, threads, ahead);
  }

  /// {@return a loader that leaves out the last batch of an epoch if it is smaller than the others}
  public PrefetchLoader dropLast() {
    return new PrefetchLoader(reader, samples, batchSize, shuffled, true, threads, ahead);
  }

  /// {@return a loader that reads with this number of threads, at least 1}
  public PrefetchLoader threads(int threads) {
    Check.atLeast("threads", threads, 1);
    return new PrefetchLoader(reader, samples, batchSize, shuffled, dropsLast, threads, ahead);
  }

  /// {@return a loader that reads at most this number of batches ahead; 0 for as many as fit into
  /// 32 MiB, but 4 at least and 64 at most}
  ///
  /// The less time a batch takes, the more of them it needs to bear that the threads that read are
  /// not given their turn at once.
  public PrefetchLoader ahead(int ahead) {
    Check.atLeast("ahead", ahead, 0);
    return new PrefetchLoader(reader, samples, batchSize, shuffled, dropsLast, threads, ahead);
  }

  /// {@return the bytes of memory outside the heap that an open epoch takes}
  public double bytes() {
    return batchBytes() * Math.min(placesAhead(), Math.max(1, batches()));
  }

  private double batchBytes() {
    double sample =
        Stream.concat(reader.inputs().stream(), reader.targets().stream())
            .mapToDouble(SampleReader.Field::bytes)
            .sum();
    return sample * Math.min(batchSize, samples.length);
  }

  private int placesAhead() {
    return ahead > 0 ? ahead : (int) Math.clamp(ROOM / Math.max(1, batchBytes()), LEAST, MOST);
  }

  @Override
  public int batches() {
    return TensorLoader.batches(samples.length, batchSize, dropsLast);
  }

  @Override
  public long samples() {
    return dropsLast ? samples.length - samples.length % batchSize : samples.length;
  }

  @Override
  public List<Shape> inputShapes() {
    return reader.inputShapes().stream()
        .map(new Shape(Math.min(batchSize, samples.length))::addAll)
        .toList();
  }

  @Override
  public String name(int sample) {
    return reader.name(samples[sample]);
  }

  /// {@inheritDoc}
  ///
  /// @throws IllegalArgumentException if `first` is not an index of a batch, or the number of
  ///   batches
  @Override
  public Batches open(long seed, long epoch, int first) {
    return open(seed, epoch, first, 0, 1);
  }

  /// {@inheritDoc}
  ///
  /// A process reads its own samples alone.
  @Override
  public DataLoader share(int rank, int ranks) {
    return new Share(this, (seed, epoch, first) -> open(seed, epoch, first, rank, ranks));
  }

  private Batches open(long seed, long epoch, int first, int rank, int ranks) {
    TensorLoader.checkStart(first, batches());
    int[] order = samples;
    if (shuffled) {
      order = Permutation.of(seed, epoch, 0, samples.length);
      for (int i = 0; i < order.length; i++) {
        order[i] = samples[order[i]];
      }
    }
    var rows = new EpochRows(order, (int) samples(), batchSize, rank, ranks);
    return new ReadAhead(reader, rows, first, seed, epoch, threads, placesAhead());
  }

  @Override
  public String toString() {
    return "%d samples of %s in %d batches of %d%s, read by %d threads"
        .formatted(
            samples.length,
            reader.inputShapes(),
            batches(),
            batchSize,
            shuffled ? ", shuffled" : "",
            threads);
  }
}
