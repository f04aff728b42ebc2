import org.jspecify.annotations.NullMarked;

/// Arrays from NumPy's files, safetensors and IDX, mapped into memory.
///
/// @provides io.antiphon.core.spi.DataProvider `arrays`, `idx`
@NullMarked
module io.antiphon.arrays {
  requires transitive io.antiphon.data;
  requires static transitive org.jspecify;

  exports io.antiphon.arrays;

  opens io.antiphon.arrays to
      io.antiphon.core;

  provides io.antiphon.core.spi.DataProvider with
      io.antiphon.arrays.ArrayFiles,
      io.antiphon.arrays.IdxFiles;
}
