package io.antiphon.mpi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What the environment tells of who started this process.
///
/// @param name of the launcher's kind
/// @param rank of this process
/// @param size how many processes it started
/// @param libraries the files of libraries that fit it, the best first
record Launcher(String name, int rank, int size, List<String> libraries) {
  private static final List<String> OPEN_MPI = List.of("libmpi.so.40");
  private static final List<String> MPICH = List.of("libmpi.so.12", "libmpich.so.12");
  private static final List<String> STANDARD = List.of("libmpi_abi.so.0", "libmpi_abi.so.1");

  static Optional<Launcher> of(Map<String, String> environment) {
    return found(
            environment,
            "Open MPI's mpirun",
            "OMPI_COMM_WORLD_RANK",
            "OMPI_COMM_WORLD_SIZE",
            OPEN_MPI)
        .or(() -> found(environment, "MPICH's mpiexec", "PMI_RANK", "PMI_SIZE", MPICH));
  }

  private static Optional<Launcher> found(
      Map<String, String> environment, String name, String rank, String size, List<String> files) {
    String given = environment.get(size);
    if (given == null || !given.matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    String own = environment.getOrDefault(rank, "0");
    var all = new ArrayList<>(files);
    all.addAll(STANDARD);
    return Optional.of(
        new Launcher(
            name,
            own.matches("[0-9]{1,9}") ? Integer.parseInt(own) : 0,
            Integer.parseInt(given),
            List.copyOf(all)));
  }

  /// {@return how many of the processes were started on this machine}
  static Optional<Integer> onThisMachine(Map<String, String> environment) {
    return Stream.of("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS")
        .map(environment::get)
        .filter(text -> text != null && text.matches("[1-9][0-9]{0,8}"))
        .findFirst()
        .map(Integer::valueOf);
  }

  /// {@return the files of all libraries that are known}
  static List<String> anyLibrary() {
    var all = new ArrayList<>(OPEN_MPI);
    all.addAll(MPICH);
    all.addAll(STANDARD);
    return all;
  }
}
