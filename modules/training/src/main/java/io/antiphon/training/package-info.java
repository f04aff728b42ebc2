/// Callbacks that watch a training and act on what they see.
///
/// A [io.antiphon.training.Monitor] names a number of each epoch and says which way is better; an
/// [io.antiphon.training.Improvement] judges it, by the one rule that all of them share.
package io.antiphon.training;
