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
  /// The variable by which CUDA shows GPUs to a process.
  static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

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
    return number(environment, 1, "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS");
  }

  /// {@return the only GPU that this process shall see, as CUDA names it, so that each of a machine
  /// has its own; empty where the launcher has seen to it}
  static Optional<String> gpu(Map<String, String> environment) {
    Optional<Integer> here =
        number(environment, 0, "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID")
            .filter(_ -> onThisMachine(environment).orElse(1) > 1);
    String visible = environment.get(VISIBLE);
    if (visible == null) {
      return here.map(Object::toString);
    }
    String[] names = visible.split(",", -1);
    return here.filter(_ -> names.length > 1)
        .map(rank -> rank < names.length ? names[rank].strip() : "");
  }

  private static Optional<Integer> number(
      Map<String, String> environment, int least, String... names) {
    return Stream.of(names)
        .map(environment::get)
        .filter(text -> text != null && text.matches("0|[1-9][0-9]{0,8}"))
        .map(Integer::valueOf)
        .filter(number -> number >= least)
        .findFirst();
  }

  /// {@return the files of all libraries that are known}
  static List<String> anyLibrary() {
    var all = new ArrayList<>(OPEN_MPI);
    all.addAll(MPICH);
    all.addAll(STANDARD);
    return all;
  }
}
