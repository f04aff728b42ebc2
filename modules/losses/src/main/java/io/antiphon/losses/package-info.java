/// The usual loss functions.
///
/// - [io.antiphon.losses.CrossEntropy], [io.antiphon.losses.BinaryCrossEntropy],
///   [io.antiphon.losses.Mse] and [io.antiphon.losses.L1] are PyTorch's losses, each one native
///   call
/// - [io.antiphon.losses.DjlLoss] is any loss of DJL
package io.antiphon.losses;
