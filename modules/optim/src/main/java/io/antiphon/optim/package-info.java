/// Optimizers by PyTorch's formulas and defaults, but that biases and the weights of normalisations
/// do not decay unless asked to.
///
/// Each is a record of options that makes optimizers:
///
/// ```
/// Learner.builder().optimizer(AdamW.of(1e-3).weightDecay(0.1))
/// Learner.builder().optimizer(Sgd.of(0.1).momentum(0.9).nesterov(true))
/// ```
///
/// [io.antiphon.optim.FusedOptimizer] is a base for an optimizer of one's own.
///
/// Hyper-parameters are read from the groups at every step, so a change counts from the next step
/// on. What an optimizer remembers is an [io.antiphon.optim.OptimizerState]: readable, and taken
/// back bit for bit. It makes its arrays in the first step of a parameter and closes them with
/// itself.
///
/// A parameter that is frozen takes no part in steps and keeps what is remembered of it; its step
/// count goes on where it stopped. A parameter that no backward pass has reached yet has a gradient
/// of zeros.
package io.antiphon.optim;
