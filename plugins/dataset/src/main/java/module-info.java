import org.jspecify.annotations.NullMarked;

/// Data sets of DJL by their class.
///
/// @provides io.antiphon.core.spi.DataProvider `dataset`
@NullMarked
module io.antiphon.dataset {
  requires transitive io.antiphon.data;
  requires static transitive org.jspecify;

  exports io.antiphon.dataset;

  opens io.antiphon.dataset to
      io.antiphon.core;

  provides io.antiphon.core.spi.DataProvider with
      io.antiphon.dataset.DjlDataset;
}
