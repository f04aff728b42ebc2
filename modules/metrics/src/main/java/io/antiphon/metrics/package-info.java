/// Metrics over the samples of a pass, and the record of a fit.
///
/// - [io.antiphon.metrics.Accuracy], [io.antiphon.metrics.TopK], [io.antiphon.metrics.MeanError]
///   and [io.antiphon.metrics.LossMetric] sum on the device and read the sum once per pass
/// - [io.antiphon.metrics.EvaluatorMetric] is any evaluator of DJL
/// - [io.antiphon.metrics.Recorder] keeps losses, hyper-parameters and one row per epoch
package io.antiphon.metrics;
