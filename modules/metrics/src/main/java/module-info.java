import org.jspecify.annotations.NullMarked;

/// Metrics over the samples of a pass, and the record of a fit.
///
/// @provides io.antiphon.core.spi.MetricProvider `accuracy`, `binary-accuracy`, `error-rate`,
///   `top-k`, `loss`, `mse`, `mae`
/// @provides io.antiphon.core.spi.CallbackProvider `recorder`
@NullMarked
module io.antiphon.metrics {
  requires transitive io.antiphon.core;

  exports io.antiphon.metrics;

  opens io.antiphon.metrics to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.metrics.Recorder.Options;
  provides io.antiphon.core.spi.MetricProvider with
      io.antiphon.metrics.Accuracy.Options,
      io.antiphon.metrics.Accuracy.ErrorRate,
      io.antiphon.metrics.BinaryAccuracy.Options,
      io.antiphon.metrics.LossMetric.Options,
      io.antiphon.metrics.MeanError.Absolute,
      io.antiphon.metrics.MeanError.Squared,
      io.antiphon.metrics.TopK.Options;
}
