package io.antiphon.data;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Permutation;
import io.antiphon.core.Samples;
import io.antiphon.core.Share;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/// Loads batches from arrays in memory, each in one native call.
///
/// ```
/// TensorLoader all = TensorLoader.of(inputs, targets).batchSize(64);
/// TensorLoader train = all.part(0, 8_000).shuffled();
/// TensorLoader valid = all.part(8_000, 2_000);
/// ```
///
/// A loader is a value: [#part], [#batchSize], [#shuffled] and [#dropLast] give another loader of
/// the same arrays. It makes no arrays and there is nothing to close; its arrays stay with the
/// manager that they have, and must live as long as batches are taken. They stay on their device; a
/// batch for another device is copied there.
///
/// A shuffled batch is a copy. Without shuffling a batch is a *view* of the loader's arrays, free
/// of cost: who changes it in place changes the data.
public final class TensorLoader implements DataLoader {
  private final NDList inputs;
  private final NDList targets;
  private final int first;
  private final int count;
  private final int batchSize;
  private final boolean shuffled;
  private final boolean dropsLast;

  private TensorLoader(
      NDList inputs,
      NDList targets,
      int first,
      int count,
      int batchSize,
      boolean shuffled,
      boolean dropsLast) {
    this.inputs = inputs;
    this.targets = targets;
    this.first = first;
    this.count = count;
    this.batchSize = batchSize;
    this.shuffled = shuffled;
    this.dropsLast = dropsLast;
  }

  /// {@return a loader of all samples in order, in batches of 64, the last one smaller if need be}
  ///
  /// @param inputs what the model gets, `[N, …]`
  /// @param targets what the loss compares with, `[N, …]`: class indices as int64, or float32
  /// @throws IllegalArgumentException if the lengths or devices differ, or N is 0
  public static TensorLoader of(NDArray inputs, NDArray targets) {
    return of(new NDList(inputs), new NDList(targets));
  }

  /// {@return a loader as [#of(NDArray, NDArray)], without targets}
  public static TensorLoader of(NDArray inputs) {
    return of(new NDList(inputs), new NDList());
  }

  /// {@return a loader as [#of(NDArray, NDArray)], of several arrays}
  ///
  /// @param inputs one or more arrays, `[N, …]` each
  /// @param targets no, one or more arrays, `[N, …]` each
  public static TensorLoader of(NDList inputs, NDList targets) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("a loader needs at least one array of inputs");
    }
    Device device = inputs.head().getDevice();
    long count = length("inputs[0]", inputs.head());
    for (int i = 0; i < inputs.size(); i++) {
      check("inputs[" + i + "]", inputs.get(i), count, device);
    }
    for (int i = 0; i < targets.size(); i++) {
      check("targets[" + i + "]", targets.get(i), count, device);
    }
    return new TensorLoader(
        new NDList(inputs), new NDList(targets), 0, Math.toIntExact(count), 64, false, false);
  }

  private static void check(String name, NDArray array, long count, Device device) {
    long length = length(name, array);
    if (length != count) {
      throw new IllegalArgumentException(
          "%s has %d samples, inputs[0] has %d; they must be as many"
              .formatted(name, length, count));
    }
    if (!array.getDevice().equals(device)) {
      throw new IllegalArgumentException(
          "%s is on %s, inputs[0] is on %s; they must be on one device"
              .formatted(name, array.getDevice(), device));
    }
  }

  private static long length(String name, NDArray array) {
    Shape shape = array.getShape();
    if (shape.dimension() == 0 || shape.get(0) == 0) {
      throw new IllegalArgumentException(
          "%s has the shape %s, not [N, …] with at least one sample".formatted(name, shape));
    }
    return shape.get(0);
  }

  /// {@return a loader of some consecutive samples of this one, without copying}
  ///
  /// @param first the index of the first sample, from 0
  /// @param count the number of samples, at least 1
  /// @throws IllegalArgumentException if there are not as many
  public TensorLoader part(int first, int count) {
    if (first < 0 || count < 1 || count > this.count - first) {
      throw new IllegalArgumentException(
          "there are %d samples, from which %d cannot be taken from index %d on"
              .formatted(this.count, count, first));
    }
    return new TensorLoader(
        inputs, targets, this.first + first, count, batchSize, shuffled, dropsLast);
  }

  /// {@return a loader with batches of this size, at least 1}
  public TensorLoader batchSize(int batchSize) {
    return new TensorLoader(
        inputs, targets, first, count, checkedBatchSize(batchSize), shuffled, dropsLast);
  }

  static int checkedBatchSize(int batchSize) {
    Check.atLeast("batch size", batchSize, 1);
    return batchSize;
  }

  /// {@return a loader that draws a new order for every epoch from the seed}
  public TensorLoader shuffled() {
    return new TensorLoader(inputs, targets, first, count, batchSize, true, dropsLast);
  }

  /// {@return a loader that leaves out the last batch of an epoch if it is smaller than the others}
  public TensorLoader dropLast() {
    return new TensorLoader(inputs, targets, first, count, batchSize, shuffled, true);
  }

  @Override
  public int batches() {
    return batches(count, batchSize, dropsLast);
  }

  static int batches(int count, int batchSize, boolean dropsLast) {
    return count / batchSize + (dropsLast || count % batchSize == 0 ? 0 : 1);
  }

  @Override
  public long samples() {
    return dropsLast ? count - count % batchSize : count;
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream()
        .map(array -> withLength(array.getShape(), Math.min(batchSize, count)))
        .toList();
  }

  static Shape withLength(Shape shape, int length) {
    return new Shape(length).addAll(shape.slice(1));
  }

  /// {@inheritDoc}
  ///
  /// The epoch's order, 8 bytes per sample, lies on the arrays' device until the batches are
  /// closed.
  ///
  /// @throws IllegalArgumentException if `first` is not an index of a batch, or the number of
  ///   batches
  @Override
  public Batches open(long seed, long epoch, int first) {
    checkStart(first, batches());
    return new Epoch(seed, epoch, first, 0, 1);
  }

  @Override
  public DataLoader share(int rank, int ranks) {
    return new Share(
        this,
        (seed, epoch, first) -> {
          checkStart(first, batches());
          return new Epoch(seed, epoch, first, rank, ranks);
        });
  }

  static void checkStart(int first, int batches) {
    if (first < 0 || first > batches) {
      throw new IllegalArgumentException(
          "an epoch of %d batches cannot start at batch %d".formatted(batches, first));
    }
  }

  @Override
  public String toString() {
    return "%d samples of %s in %d batches of %d%s"
        .formatted(
            count,
            inputs.stream().map(array -> array.getShape().slice(1)).toList(),
            batches(),
            batchSize,
            shuffled ? ", shuffled" : "");
  }

  /// An open epoch. It keeps the arrays in libtorch's form, the order in front of them.
  private final class Epoch implements Batches {
    private final TorchScript.Value arrays;
    private final Device device;
    private final int rank;
    private final int ranks;
    private int next;

    Epoch(long seed, long epoch, int first, int rank, int ranks) {
      this.rank = rank;
      this.ranks = ranks;
      next = first;
      device = inputs.head().getDevice();
      var all = new ArrayList<NDArray>(inputs);
      all.addAll(targets);
      if (!shuffled) {
        arrays = TorchScript.keep(all);
        return;
      }
      try (NDManager scratch = inputs.head().getManager().newSubManager()) {
        int[] order = Permutation.of(seed, epoch, TensorLoader.this.first, count);
        // an array made from Java's memory lives as its handle; one that libtorch converts is its
        // own
        all.addFirst(scratch.create(order).toType(DataType.INT64, false));
        arrays = TorchScript.keep(all);
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
      int before = next * batchSize;
      var part = Samples.Part.of(Math.min(batchSize, count - before), rank, ranks);
      int start = before + part.first();
      int size = part.taken();
      NDList batch;
      try (var _ = Autograd.off()) {
        batch =
            shuffled
                ? Scripts.BATCH.call(manager, "gather", arrays, start, size)
                : Scripts.BATCH.call(manager, "view", arrays, first + start, size);
      }
      next++;
      if (!manager.getDevice().equals(device)) {
        batch = moved(batch, manager.getDevice());
      }
      int split = inputs.size();
      return new Samples(batch.subNDList(0, split), batch.subNDList(split), size, part);
    }

    @Override
    public void close() {
      arrays.close();
    }
  }

  /// {@return some consecutive samples of arrays, as views}
  static NDList view(NDManager manager, List<NDArray> arrays, int first, int size) {
    return Scripts.BATCH.call(manager, "view", arrays, first, size);
  }

  /// {@return copies on another device, with the same manager; the former handles are closed}
  static NDList moved(NDList arrays, Device device) {
    var copies = new NDList(arrays.size());
    for (NDArray array : arrays) {
      try (array) {
        copies.add(array.toDevice(device, true));
      }
    }
    return copies;
  }

  /// Compiled when the first batch is taken: making a loader loads no native code.
  private static final class Scripts {
    static final TorchScript BATCH =
        TorchScript.compile(
            """
            def gather(arrays: List[Tensor], start: int, size: int) -> List[Tensor]:
              index = torch.narrow(arrays[0], 0, start, size)
              batch = annotate(List[Tensor], [])
              for i in range(1, torch.len(arrays)):
                batch.append(torch.index_select(arrays[i], 0, index))
              return batch
            def view(arrays: List[Tensor], start: int, size: int) -> List[Tensor]:
              batch = annotate(List[Tensor], [])
              for a in arrays:
                batch.append(torch.narrow(a, 0, start, size))
              return batch
            """);
  }
}
