import org.jspecify.annotations.NullMarked;

/// Experiments: their files, their runs, and what a run leaves behind.
///
/// @provides io.antiphon.core.spi.PolicyProvider the plain way to fit
@NullMarked
module io.antiphon.experiment {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;
  requires com.google.gson;
  requires org.snakeyaml.engine;

  exports io.antiphon.experiment;

  opens io.antiphon.experiment to
      io.antiphon.core;

  provides io.antiphon.core.spi.PolicyProvider with
      io.antiphon.experiment.PlainFit;
}
