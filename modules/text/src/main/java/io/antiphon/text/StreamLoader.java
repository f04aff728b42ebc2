package io.antiphon.text;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.Share;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.data.DataException;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/// A text as streams side by side, for models that keep a state from batch to batch.
///
/// The text is cut into as many streams as a batch has samples, and batch i has of every stream the
/// tokens from i T on: sample b of a batch goes on where sample b of the batch before ended (Howard
/// and Gugger, Deep Learning for Coders, chapter 12). What is left over at the end, less than T
/// tokens of each stream, is not used. Inputs are the tokens, int64 `[B, T]`, targets the tokens
/// after them, int64 `[B, T]`. The order is the text's, in every epoch.
public final class StreamLoader implements DataLoader {
  private final NDArray streams;
  private final int batchSize;
  private final int length;
  private final int batches;
  private final Optional<Tokenizer> tokenizer;

  private StreamLoader(
      NDArray streams, int batchSize, int length, int batches, Optional<Tokenizer> tokenizer) {
    this.streams = streams;
    this.batchSize = batchSize;
    this.length = length;
    this.batches = batches;
    this.tokenizer = tokenizer;
  }

  /// {@return a loader of tokens}
  ///
  /// @param manager owns the one array, int32 `[B, N / B]`, that lives as long as the loader
  /// @param tokens N indices of tokens
  /// @param batchSize the number of streams, B, at least 1
  /// @param length the tokens of a sequence, T, at least 1
  /// @throws DataException if there are too few tokens for one batch
  public static StreamLoader of(NDManager manager, int[] tokens, int batchSize, int length) {
    Check.atLeast("batch-size", batchSize, 1);
    Check.atLeast("length", length, 1);
    int each = tokens.length / batchSize;
    int batches = (each - 1) / length;
    if (batches < 1) {
      throw new DataException(
          "%,d tokens are too few for %d streams of sequences of %d, which need %,d; take a smaller batch-size or length"
              .formatted(tokens.length, batchSize, length, batchSize * (length + 1L)));
    }
    int[] used =
        tokens.length == each * batchSize ? tokens : Arrays.copyOf(tokens, each * batchSize);
    return new StreamLoader(
        manager.create(used, new Shape(batchSize, each)),
        batchSize,
        length,
        batches,
        Optional.empty());
  }

  /// {@return the same, with what its tokens mean}
  public StreamLoader tokenizer(Tokenizer tokenizer) {
    return new StreamLoader(streams, batchSize, length, batches, Optional.of(tokenizer));
  }

  /// {@return what the tokens mean, if that is known}
  public Optional<Tokenizer> tokenizer() {
    return tokenizer;
  }

  @Override
  public int batches() {
    return batches;
  }

  /// {@return the number of sequences}
  @Override
  public long samples() {
    return (long) batches * batchSize;
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(new Shape(batchSize, length));
  }

  @Override
  public Batches open(long seed, long epoch, int first) {
    return open(first, 0, 1);
  }

  /// {@return a process's own streams, of which it goes on with the same ones from batch to batch}
  @Override
  public DataLoader share(int rank, int ranks) {
    return new Share(this, (_, _, first) -> open(first, rank, ranks));
  }

  private Batches open(int first, int rank, int ranks) {
    if (first < 0 || first > batches) {
      throw new IllegalArgumentException(
          "an epoch of %d batches cannot start at batch %d".formatted(batches, first));
    }
    return new Epoch(first, Samples.Part.of(batchSize, rank, ranks));
  }

  @Override
  public String toString() {
    return "%,d tokens in %d streams, %d batches of sequences of %d"
        .formatted(streams.size(), batchSize, batches, length);
  }

  private final class Epoch implements Batches {
    private final Samples.Part part;
    private int next;

    Epoch(int first, Samples.Part part) {
      next = first;
      this.part = part;
    }

    @Override
    public boolean hasNext() {
      return next < batches;
    }

    @Override
    public Samples next(NDManager manager) {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has only %d batches".formatted(batches));
      }
      try (var _ = Autograd.off()) {
        NDList both =
            Scripts.BATCH.call(
                manager, "batch", streams, part.first(), part.taken(), next * length, length);
        next++;
        Device device = manager.getDevice();
        for (int i = 0; i < 2 && !streams.getDevice().equals(device); i++) {
          try (NDArray there = both.get(i)) {
            both.set(i, there.toDevice(device, true));
          }
        }
        return new Samples(both.subNDList(0, 1), both.subNDList(1), part.taken(), part);
      }
    }
  }

  private static final class Scripts {
    static final TorchScript BATCH =
        TorchScript.compile(
            """
            def batch(x: Tensor, first: int, rows: int, start: int, length: int) -> List[Tensor]:
              own = torch.narrow(x, 0, first, rows)
              both = torch.to(torch.narrow(own, 1, start, torch.add(length, 1)), 4)
              return [torch.contiguous(torch.narrow(both, 1, 0, length)), torch.contiguous(torch.narrow(both, 1, 1, length))]
            """);
  }
}
