import org.jspecify.annotations.NullMarked;

/// Data-parallel training: several processes train one model, each on its rows of every batch.
///
/// @provides io.antiphon.core.spi.CallbackProvider `data-parallel`
@NullMarked
module io.antiphon.parallel {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.parallel;

  opens io.antiphon.parallel to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.parallel.DataParallel.Options;
}
