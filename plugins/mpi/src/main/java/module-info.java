import org.jspecify.annotations.NullMarked;

/// Processes that MPI started train together. It calls the MPI library of the machine: start Java
/// with `--enable-native-access=io.antiphon.mpi`.
///
/// @provides io.antiphon.core.spi.RanksProvider `mpi`
@NullMarked
module io.antiphon.mpi {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.mpi;

  opens io.antiphon.mpi to
      io.antiphon.core;

  provides io.antiphon.core.spi.RanksProvider with
      io.antiphon.mpi.MpiRanks.Options;
}
