/// The learner, its loop and its events.
///
/// A [io.antiphon.core.Learner] holds a model, a loss function, an optimizer, data and callbacks,
/// and fits. [io.antiphon.core.Event] shows the loop with every event in place;
/// [io.antiphon.core.Callback] has a hook for each. A hook gets a [io.antiphon.core.Scope]: `Fit`,
/// which holds an `Epoch`, which holds a `Pass` (train or validate), which holds a `Batch`.
///
/// A map, in the order in which one reads:
///
/// - **What a user gives**: `LossFunction`, `Metric`, `DataLoader` (with `Samples`, `ListLoader`,
///   `Permutation`), `Optimizer` (with `ParameterGroup`, `Hyper`, `Splitter`), `Callback`,
///   `TrainingStep` (with `Turn`). Each is one interface, most of them of one method or made from a
///   function.
/// - **The learner**: `Learner` is what users call. Behind it, `Parts` is what callbacks lay
///   changes over, `Turns` knows who is trained now, `Resumption` saves and goes on, `Collector`
///   keeps predictions.
/// - **The loop**: `Loop` runs the levels (`Level`), each by one helper: before, body, cancel,
///   after, cleanup. It speaks to callbacks through `Dispatcher`, which `Ordering` puts in order
///   (`Order`, `Replacement`, `ClashException`).
/// - **Scopes**: `Fit`, `Epoch`, `Pass` and `Batch` extend `Scope`. What is changed through one is
///   a layer (`Layered`) that goes with it.
/// - **Ways out**: `CancelException` and its seven kinds; `Outcome` and `StepResult` tell how a
///   level and a step ended; `CallbackException` says who failed where.
/// - **Numbers**: the callbacks `Scoring` and `Meter` count losses, metrics and reports (`Tally`,
///   `Reports`, `Series`, `Smoothing`) into `Scores` of a pass and the `Row` of an epoch. Whoever
///   shows or writes numbers reads the row.
/// - **What lasts**: `Stateful` is the contract of who remembers anything. `Snapshot` keeps a
///   learner in memory, `Checkpoint` in a folder (`SavedLearner`, `SavedFolder`, `RecordJson`;
///   `Progress` is where a fit was), `Weights` a model's parameters alone.
/// - **Plans and refusals**: `Explanation` is the text of a run before it; `Check` refuses values
///   in one wording (`RefusedException`), `Callback.check` a learner.
///
/// Beside this package, [io.antiphon.core.spi] has what modules provide, and
/// [io.antiphon.core.options] reads options and finds components by name.
package io.antiphon.core;
