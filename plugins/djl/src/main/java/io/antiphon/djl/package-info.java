/// Adapters for what was written for DJL's `Trainer`, so that a team moves one piece at a time.
///
/// ```
/// Learner.builder()
///     .optimizer(DjlOptimizer.of(1e-3, rate -> Optimizer.adam().optLearningRateTracker(rate).build()))
///     .callbacks(DjlListener.of(new LoggingTrainingListener()))
/// ```
///
/// DJL's losses, evaluators and datasets have adapters in the modules of losses, metrics and data.
/// What an adapter cannot give: see each.
package io.antiphon.djl;
