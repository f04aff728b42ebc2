/// Noise on gradients, and what goes with it: a plug-in by somebody else.
///
/// @provides io.antiphon.core.spi.CallbackProvider `acme-gradient-noise`
/// @provides io.antiphon.core.spi.MetricProvider `confidence`
/// @provides io.antiphon.core.spi.ModelProvider `maxout`
module org.example.noise {
  requires io.antiphon.core;

  // the records of options are bound by it
  opens org.example.noise to
      io.antiphon.core;

  exports org.example.noise;

  provides io.antiphon.core.spi.CallbackProvider with
      org.example.noise.GradientNoise.Options;
  provides io.antiphon.core.spi.MetricProvider with
      org.example.noise.Confidence.Options;
  provides io.antiphon.core.spi.ModelProvider with
      org.example.noise.Maxout;
}
