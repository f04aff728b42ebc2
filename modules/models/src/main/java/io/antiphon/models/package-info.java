/// Small models and the usual loss functions.
///
/// - [io.antiphon.models.Mlp] and [io.antiphon.models.Cnn] make models
/// - [io.antiphon.models.CrossEntropy], [io.antiphon.models.BinaryCrossEntropy],
///   [io.antiphon.models.Mse] and [io.antiphon.models.L1] are PyTorch's losses, each one native
///   call
/// - [io.antiphon.models.DjlLoss] is any loss of DJL
///
/// The providers name them in experiment files.
package io.antiphon.models;
