import org.jspecify.annotations.NullMarked;

/// Callbacks that watch a training and act on what they see, and those that shape its steps.
///
/// @provides io.antiphon.core.spi.CallbackProvider early stopping, lower rates on a plateau, the
///   weights of the best epoch, an end at a loss that is no number, checkpoints; accumulation,
///   clipping and centralization of gradients, weights averaged in two ways, lookahead, short
///   epochs, a time limit
@NullMarked
module io.antiphon.training {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.training;

  opens io.antiphon.training to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.training.BestWeights.Options,
      io.antiphon.training.EarlyStopping.Options,
      io.antiphon.training.Ema.Options,
      io.antiphon.training.GradientAccumulation.Options,
      io.antiphon.training.GradientCentralization.Options,
      io.antiphon.training.GradientClip.Options,
      io.antiphon.training.Lookahead.Options,
      io.antiphon.training.ReduceLrOnPlateau.Options,
      io.antiphon.training.SaveModel.Options,
      io.antiphon.training.ShortEpoch.Options,
      io.antiphon.training.Swa.Options,
      io.antiphon.training.TerminateOnNan.Options,
      io.antiphon.training.TimeLimit.Options;
}
