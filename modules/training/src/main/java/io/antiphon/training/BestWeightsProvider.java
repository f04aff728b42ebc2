package io.antiphon.training;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Provides [BestWeights].
@Id("best-weights")
@Summary("brings the weights of the best epoch back when the fit ends")
public final class BestWeightsProvider implements CallbackProvider<BestWeightsProvider.Options> {
  /// The service loader makes providers.
  public BestWeightsProvider() {}

  /// @param monitor what is watched
  /// @param mode which way is better
  /// @param minDelta by how much a value must be better to count
  public record Options(
      @Summary("the number's column: valid_loss, train_loss, or a metric's name") String monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("by how much a value must be better to count, at least 0") double minDelta) {
    /// @throws IllegalArgumentException if a value is out of range
    public Options {
      new Monitor(monitor, mode, minDelta, 1);
    }
  }

  @Override
  public Options defaults() {
    return new Options("valid_loss", Monitor.Mode.AUTO, 0);
  }

  @Override
  public Callback create(Options options) {
    return new BestWeights(new Monitor(options.monitor, options.mode, options.minDelta, 1));
  }
}
