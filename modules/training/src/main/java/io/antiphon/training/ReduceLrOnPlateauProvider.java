package io.antiphon.training;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Provides [ReduceLrOnPlateau].
@Id("reduce-lr-on-plateau")
@Summary("lowers the learning rate each time that a number has not got better for some epochs")
public final class ReduceLrOnPlateauProvider
    implements CallbackProvider<ReduceLrOnPlateauProvider.Options> {
  /// The service loader makes providers.
  public ReduceLrOnPlateauProvider() {}

  /// @param monitor what is watched
  /// @param mode which way is better
  /// @param minDelta by how much a value must be better to count
  /// @param patience how many epochs in a row may be no better
  /// @param factor by what the rates are multiplied
  /// @param minLr below what no rate falls
  /// @param cooldown how many epochs after that do not count as waited
  public record Options(
      @Summary("the number's column: valid_loss, train_loss, or a metric's name") String monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("by how much a value must be better to count, at least 0") double minDelta,
      @Summary("how many epochs in a row may be no better, at least 1") int patience,
      @Summary("by what the rates are multiplied, in (0, 1)") double factor,
      @Summary("below what no rate falls, at least 0") double minLr,
      @Summary("how many epochs after that do not count as waited, at least 0") int cooldown) {
    /// @throws IllegalArgumentException if a value is out of range
    public Options {
      callback(new Monitor(monitor, mode, minDelta, patience), factor, minLr, cooldown);
    }

    private static Callback callback(Monitor monitor, double factor, double minLr, int cooldown) {
      return new ReduceLrOnPlateau(monitor, factor, minLr, cooldown);
    }
  }

  @Override
  public Options defaults() {
    return new Options("valid_loss", Monitor.Mode.AUTO, 0, 3, 0.1, 0, 0);
  }

  @Override
  public Callback create(Options options) {
    return Options.callback(
        new Monitor(options.monitor, options.mode, options.minDelta, options.patience),
        options.factor,
        options.minLr,
        options.cooldown);
  }
}
