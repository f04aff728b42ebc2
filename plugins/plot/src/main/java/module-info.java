import org.jspecify.annotations.NullMarked;

/// Draws losses, metrics, schedules and the curve of a learning-rate finder as pictures.
///
/// @provides io.antiphon.core.spi.CallbackProvider `plot`
@NullMarked
module io.antiphon.plot {
  requires transitive io.antiphon.core;
  requires io.antiphon.metrics;
  requires java.desktop; // which draws the letters in PNG files

  exports io.antiphon.plot;

  opens io.antiphon.plot to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.plot.Plot.Options;
}
