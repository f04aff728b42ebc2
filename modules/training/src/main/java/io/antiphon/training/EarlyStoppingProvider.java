package io.antiphon.training;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Provides [EarlyStopping].
@Id("early-stopping")
@Summary("ends the fit once a number has not got better for some epochs")
public final class EarlyStoppingProvider
    implements CallbackProvider<EarlyStoppingProvider.Options> {
  /// The service loader makes providers.
  public EarlyStoppingProvider() {}

  /// @param monitor what is watched
  /// @param mode which way is better
  /// @param minDelta by how much a value must be better to count
  /// @param patience how many epochs in a row may be no better
  /// @param acrossFits whether the best of one fit is what the next one has to beat
  public record Options(
      @Summary("the number's column: valid_loss, train_loss, or a metric's name") String monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("by how much a value must be better to count, at least 0") double minDelta,
      @Summary("how many epochs in a row may be no better, at least 1") int patience,
      @Summary("whether the best of one fit is what the next one has to beat") boolean acrossFits) {
    /// @throws IllegalArgumentException if a value is out of range
    public Options {
      new Monitor(monitor, mode, minDelta, patience);
    }
  }

  @Override
  public Options defaults() {
    return new Options("valid_loss", Monitor.Mode.AUTO, 0, 3, false);
  }

  @Override
  public Callback create(Options options) {
    return new EarlyStopping(
        new Monitor(options.monitor, options.mode, options.minDelta, options.patience),
        options.acrossFits);
  }
}
