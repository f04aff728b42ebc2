/// A callback for Antiphon, found by its name.
///
/// @provides io.antiphon.core.spi.CallbackProvider `${artifactId}`
module ${package} {
  requires io.antiphon.core;

  exports ${package};

  provides io.antiphon.core.spi.CallbackProvider with
      ${package}.${callback}.Options;
}
