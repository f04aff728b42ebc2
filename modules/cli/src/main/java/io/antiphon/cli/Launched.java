package io.antiphon.cli;

import java.util.List;
import java.util.Map;

/// What a launcher tells in the environment of the processes that it starts.
///
/// @param rank the variable that has the rank of this one
/// @param size the variable that has how many there are
record Launched(String rank, String size) {
  private static final List<Launched> KNOWN =
      List.of(
          new Launched("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
          new Launched("PMI_RANK", "PMI_SIZE"));

  /// Refuses to be one of several processes that know nothing of each other.
  static void refuseSeveral(Map<String, String> environment) {
    for (Launched launcher : KNOWN) {
      String size = environment.getOrDefault(launcher.size(), "1");
      if (!size.equals("1")) {
        throw new WrongUsage(
            "this was started as rank %s of %s by mpirun, but the experiment has no cluster, so each would train the same; add cluster: mpi to it, or --set cluster=mpi"
                .formatted(environment.getOrDefault(launcher.rank(), "0"), size));
      }
    }
  }
}
