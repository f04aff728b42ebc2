package io.antiphon.training;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Fit;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.time.Duration;
import java.util.List;

/// Takes a part of the data for each epoch: to try a training out, or to validate more often.
///
/// The epochs are short ones, not longer ones cut off: schedules run to their end, validation is
/// scored. Which samples a short epoch has is drawn anew for each if the loader shuffles.
public final class ShortEpoch implements Callback {
  private final Options options;

  /// How short.
  @Id("short-epoch")
  @Summary("takes a part of the data for each epoch")
  public record Options(
      @Summary("part of the batches, in (0, 1]; at least one batch is taken") double fraction,
      @Summary("whether validation is as short") boolean shortValid)
      implements CallbackProvider {
    public Options {
      Check.upTo("fraction", fraction, 0, 1);
    }

    /// A hundredth of training and of validation.
    public Options() {
      this(0.01, true);
    }

    @Override
    public Callback create() {
      return new ShortEpoch(this);
    }
  }

  public ShortEpoch(Options options) {
    this.options = options;
  }

  /// @param fraction part of the batches, in (0, 1], of training and of validation
  public ShortEpoch(double fraction) {
    this(new Options(fraction, true));
  }

  @Override
  public void beforeFit(Fit fit) {
    fit.replaceTrainData(shortened(fit.learner().trainData()));
    if (options.shortValid()) {
      fit.learner().validData().ifPresent(data -> fit.replaceValidData(shortened(data)));
    }
  }

  private DataLoader shortened(DataLoader data) {
    int batches = (int) Math.min(data.batches(), Math.ceil(options.fraction() * data.batches()));
    return new Shortened(data, batches);
  }

  /// The first batches of another loader.
  private record Shortened(DataLoader whole, int batches) implements DataLoader {
    @Override
    public long samples() {
      return batches == whole.batches()
          ? whole.samples()
          : Math.min(whole.samples(), batches * whole.inputShapes().getFirst().get(0));
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
      Batches opened = whole.open(seed, epoch, first);
      return new Batches() {
        private int next = first;

        @Override
        public boolean hasNext() {
          return next < batches && opened.hasNext();
        }

        @Override
        public Samples next(NDManager manager) {
          next++;
          return opened.next(manager);
        }

        @Override
        public Duration waited() {
          return opened.waited();
        }

        @Override
        public void close() {
          opened.close();
        }
      };
    }
  }
}
