import org.jspecify.annotations.NullMarked;

/// Metrics over the samples of a pass, and the record of a fit.
///
/// @provides io.antiphon.core.spi.MetricProvider metrics of classes, of probabilities and of
///   numbers, named in `docs/components.md`
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
      io.antiphon.metrics.Agreement.BalancedAccuracy,
      io.antiphon.metrics.Agreement.CohenKappa,
      io.antiphon.metrics.Agreement.Matthews,
      io.antiphon.metrics.BinaryAccuracy.Options,
      io.antiphon.metrics.BinaryAccuracy.Hamming,
      io.antiphon.metrics.Calibration.Brier,
      io.antiphon.metrics.Calibration.CalibrationError,
      io.antiphon.metrics.ClassScore.Dice,
      io.antiphon.metrics.ClassScore.FBeta,
      io.antiphon.metrics.ClassScore.Jaccard,
      io.antiphon.metrics.ClassScore.Precision,
      io.antiphon.metrics.ClassScore.Recall,
      io.antiphon.metrics.LossMetric.Options,
      io.antiphon.metrics.MeanError.Absolute,
      io.antiphon.metrics.MeanError.Squared,
      io.antiphon.metrics.Perplexity.Options,
      io.antiphon.metrics.MeanError.SquaredLogarithmic,
      io.antiphon.metrics.RankCorrelation.Kendall,
      io.antiphon.metrics.RankCorrelation.Spearman,
      io.antiphon.metrics.RankScore.AveragePrecision,
      io.antiphon.metrics.RankScore.RocAuc,
      io.antiphon.metrics.Regression.ExplainedVariance,
      io.antiphon.metrics.Regression.Pearson,
      io.antiphon.metrics.Regression.R2,
      io.antiphon.metrics.Regression.RootMeanSquaredError,
      io.antiphon.metrics.TopK.Options;
}
