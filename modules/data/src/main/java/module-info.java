import org.jspecify.annotations.NullMarked;

/// Data and how to load them: tensors in memory, IDX files such as MNIST's, DJL's data sets, and
/// built-in digits drawn from a seed.
///
/// @provides io.antiphon.core.spi.DataProvider `glyphs` and `mnist`
@NullMarked
module io.antiphon.data {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.data;

  opens io.antiphon.data to
      io.antiphon.core;

  provides io.antiphon.core.spi.DataProvider with
      io.antiphon.data.Glyphs.Options,
      io.antiphon.data.Mnist;
}
