/// The learner, its loop and its events.
///
/// A [io.antiphon.core.Learner] holds a model, a loss function, an optimizer, data and callbacks,
/// and fits. [io.antiphon.core.Event] shows the loop with every event in place;
/// [io.antiphon.core.Callback] has a hook for each. A hook gets a [io.antiphon.core.Scope]: `Fit`,
/// which holds an `Epoch`, which holds a `Pass` (train or validate), which holds a `Batch`.
package io.antiphon.core;
