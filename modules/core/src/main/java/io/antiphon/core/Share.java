package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.time.Duration;
import java.util.List;

/// One process's rows of every batch of a loader: what [DataLoader#share] gives.
///
/// A loader that can load just those rows says how its epochs open then:
///
/// ```
/// @Override
/// public DataLoader share(int rank, int ranks) {
///   return new Share(this, (seed, epoch, first) -> new Epoch(seed, epoch, first, rank, ranks));
/// }
/// ```
///
/// @param whole the loader, which tells all but the batches
/// @param opening opens an epoch of the rows; its batches have a [Samples.Part]
public record Share(DataLoader whole, Opening opening) implements DataLoader {
  /// Opens an epoch of one process's rows.
  @FunctionalInterface
  public interface Opening {
    /// {@return the batches, as [DataLoader#open] gives them}
    Batches open(long seed, long epoch, int first);
  }

  /// {@return a share whose rows are taken out of whole batches}
  static Share cut(DataLoader whole, int rank, int ranks) {
    return new Share(
        whole, (seed, epoch, first) -> new Cut(whole.open(seed, epoch, first), rank, ranks));
  }

  @Override
  public int batches() {
    return whole.batches();
  }

  @Override
  public long samples() {
    return whole.samples();
  }

  @Override
  public List<Shape> inputShapes() {
    return whole.inputShapes();
  }

  @Override
  public boolean resumesExactly() {
    return whole.resumesExactly();
  }

  @Override
  public String name(int sample) {
    return whole.name(sample);
  }

  @Override
  public Batches open(long seed, long epoch, int first) {
    return opening.open(seed, epoch, first);
  }

  /// Rows of whole batches.
  private record Cut(Batches batches, int rank, int ranks) implements Batches {
    @Override
    public boolean hasNext() {
      return batches.hasNext();
    }

    @Override
    public Samples next(NDManager manager) {
      Samples all = batches.next(manager);
      var part = Samples.Part.of(all.size(), rank, ranks);
      return new Samples(
          narrowed(manager, all.inputs(), part),
          narrowed(manager, all.targets(), part),
          part.taken(),
          part);
    }

    @Override
    public Duration waited() {
      return batches.waited();
    }

    @Override
    public void close() {
      batches.close();
    }
  }

  private static NDList narrowed(NDManager manager, NDList arrays, Samples.Part part) {
    if (arrays.isEmpty() || part.whole() == 0) {
      return arrays;
    }
    try (var _ = Autograd.off()) {
      return Scripts.ROWS.call(manager, "rows", arrays, part.first(), part.taken());
    }
  }

  private static final class Scripts {
    static final TorchScript ROWS =
        TorchScript.compile(
            """
            def rows(arrays: List[Tensor], first: int, size: int) -> List[Tensor]:
              part = annotate(List[Tensor], [])
              for a in arrays:
                part.append(torch.narrow(a, 0, first, size))
              return part
            """);
  }
}
