import org.jspecify.annotations.NullMarked;

/// Techniques of papers that make a training generalise better, run faster, or fit into memory.
///
/// @provides io.antiphon.core.spi.CallbackProvider sharpness-aware steps, noise on gradients,
///   blocks and dropout by chance, images that grow, regularised recurrent layers, batches in
///   pieces
@NullMarked
module io.antiphon.techniques {
  requires transitive io.antiphon.core;
  requires io.antiphon.models;
  requires static transitive org.jspecify;

  exports io.antiphon.techniques;

  opens io.antiphon.techniques to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.techniques.GradientNoise.Options,
      io.antiphon.techniques.MicroBatches.Options,
      io.antiphon.techniques.MonteCarloDropout.Options,
      io.antiphon.techniques.ProgressiveResizing.Options,
      io.antiphon.techniques.RnnRegularizer.Options,
      io.antiphon.techniques.Sam.Options,
      io.antiphon.techniques.StochasticDepth.Options;
}
