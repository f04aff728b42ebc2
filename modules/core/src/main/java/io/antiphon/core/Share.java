package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.time.Duration;
import java.util.List;

/// One rank's rows of every batch of a loader, which loads the whole batch for them.
///
/// @param whole the loader
/// @param rank whose rows
/// @param ranks how many share a batch
record Share(DataLoader whole, int rank, int ranks) implements DataLoader {
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
    Batches batches = whole.open(seed, epoch, first);
    return new Batches() {
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
    };
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
