package io.antiphon.csv;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.Task;
import io.antiphon.data.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.IntStream;

/// The rows of a file in its order, read from it batch by batch.
final class RowsLoader implements DataLoader {
  private static final int CHECKED_AT_ONCE = 4096;

  private final Csv.Options options;
  private final Layout layout;
  private final Path file;
  private final Inputs inputs;
  private final int rows;
  private final boolean hasTargets;

  private RowsLoader(
      Csv.Options options, Layout layout, Path file, Inputs inputs, int rows, boolean hasTargets) {
    this.options = options;
    this.layout = layout;
    this.file = file;
    this.inputs = inputs;
    this.rows = rows;
    this.hasTargets = hasTargets;
  }

  /// Reads a file once, to know that all is right with it.
  ///
  /// @param options with nothing left to be found out
  static RowsLoader of(Csv.Options options, Layout layout, Path file) {
    long count = 0;
    boolean hasTargets = true;
    Optional<DataException> wrong = Optional.empty();
    try (CsvFile records = CsvFile.open(file, options.separator(), options.header())) {
      Rows some;
      do {
        some = Rows.next(options, layout, file, records, CHECKED_AT_ONCE, hasTargets);
        count += some.size();
        hasTargets = some.hasTargets();
        if (hasTargets && wrong.isEmpty()) {
          wrong = wrong(options, layout, some);
        }
      } while (some.size() > 0);
    }
    if (count == 0) {
      throw new DataException("%s has a header but no rows".formatted(file));
    }
    if (count > Integer.MAX_VALUE) {
      throw new DataException(
          "%s has %,d rows; at most %,d can be read".formatted(file, count, Integer.MAX_VALUE));
    }
    if (hasTargets && wrong.isPresent()) {
      throw wrong.get();
    }
    var inputs = new Inputs(options.columns(), options.encoding());
    return new RowsLoader(options, layout, file, inputs, (int) count, hasTargets);
  }

  /// {@return what is wrong with the targets of some rows, if they are targets: a row that lacks
  /// one may follow}
  private static Optional<DataException> wrong(Csv.Options options, Layout layout, Rows rows) {
    try (NDManager scratch = NDManager.newBaseManager()) {
      var _ = Targets.of(options, layout, rows).of(scratch, rows, all(rows));
      return Optional.empty();
    } catch (DataException e) {
      return Optional.of(e);
    }
  }

  private static int[] all(Rows rows) {
    return IntStream.range(0, rows.size()).toArray();
  }

  @Override
  public int batches() {
    return Math.ceilDiv(rows, options.batchSize());
  }

  @Override
  public long samples() {
    return rows;
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.described(Math.min(options.batchSize(), rows)).stream()
        .map(Task.Input::shape)
        .toList();
  }

  /// {@inheritDoc}
  ///
  /// The rows before `first` are read over.
  @Override
  public Batches open(long seed, long epoch, int first) {
    if (first < 0 || first > batches()) {
      throw new IllegalArgumentException(
          "an epoch of %d batches cannot start at batch %d".formatted(batches(), first));
    }
    return new Epoch(first);
  }

  @Override
  public String toString() {
    return "%,d rows of %s in %d batches of %d"
        .formatted(rows, file.getFileName(), batches(), options.batchSize());
  }

  private final class Epoch implements Batches {
    private final CsvFile records;
    private int next;

    Epoch(int first) {
      next = first;
      records = CsvFile.open(file, options.separator(), options.header());
      for (long i = 0; i < (long) first * options.batchSize(); i++) {
        records.next();
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
      long start = (long) next * options.batchSize();
      int size = (int) Math.min(options.batchSize(), rows - start);
      Rows some = Rows.next(options, layout, file, records, size, hasTargets);
      if (some.size() < size || some.hasTargets() != hasTargets) {
        throw new DataException("%s has changed while it was read".formatted(file));
      }
      next++;
      NDList targets =
          hasTargets
              ? new NDList(Targets.of(options, layout, some).of(manager, some, all(some)))
              : new NDList();
      return new Samples(inputs.of(manager, some, all(some)), targets, size);
    }

    @Override
    public void close() {
      records.close();
    }
  }
}
