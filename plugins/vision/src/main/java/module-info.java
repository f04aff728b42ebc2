import org.jspecify.annotations.NullMarked;

/// Images from files, decoded ahead of the loop.
///
/// @provides io.antiphon.core.spi.DataProvider `images`
@NullMarked
module io.antiphon.vision {
  requires transitive io.antiphon.data;
  requires de.siegmar.fastcsv;
  requires java.desktop;
  requires static transitive org.jspecify;

  exports io.antiphon.vision;

  opens io.antiphon.vision to
      io.antiphon.core;

  provides io.antiphon.core.spi.DataProvider with
      io.antiphon.vision.ImageFolder.Options;
}
