package io.antiphon.mpi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// The MPI library of this machine, as much of it as training needs. One for each process, whose
/// functions one thread at a time calls. The library is never unloaded: its own threads may outlive
/// the end.
@SuppressWarnings("restricted") // native calls are this module's purpose
final class Mpi {
  private static final int SERIALIZED = 2;

  private final Arena arena = Arena.global();
  private final SymbolLookup library;
  private final Abi abi;
  private final MethodHandle allreduce;
  private final MethodHandle broadcast;
  private final MethodHandle abort;
  private final MethodHandle finish;
  private final MethodHandle errorString;
  private final int rank;
  private final int size;
  private final String version;

  /// @param candidates names of the library's file, the first that there is
  Mpi(List<String> candidates) {
    library = load(candidates);
    abi = Abi.of(library);
    allreduce =
        function("MPI_Allreduce", JAVA_LONG, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    broadcast = function("MPI_Bcast", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);
    abort = function("MPI_Abort", JAVA_LONG, JAVA_INT);
    finish = function("MPI_Finalize");
    errorString = function("MPI_Error_string", JAVA_INT, ADDRESS, ADDRESS);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment text = scratch.allocate(8192);
      MemorySegment number = scratch.allocate(JAVA_INT);
      check((int) function("MPI_Get_library_version", ADDRESS, ADDRESS).invokeExact(text, number));
      version = text.getString(0).lines().findFirst().orElse("").strip();
      check(
          (int)
              function("MPI_Init_thread", ADDRESS, ADDRESS, JAVA_INT, ADDRESS)
                  .invokeExact(MemorySegment.NULL, MemorySegment.NULL, SERIALIZED, number));
      check(
          (int)
              function("MPI_Comm_set_errhandler", JAVA_LONG, JAVA_LONG)
                  .invokeExact(abi.world(), abi.errorsReturn()));
      check((int) function("MPI_Comm_rank", JAVA_LONG, ADDRESS).invokeExact(abi.world(), number));
      rank = number.get(JAVA_INT, 0);
      check((int) function("MPI_Comm_size", JAVA_LONG, ADDRESS).invokeExact(abi.world(), number));
      size = number.get(JAVA_INT, 0);
    } catch (Throwable e) {
      throw failed("MPI_Init_thread", e);
    }
  }

  private SymbolLookup load(List<String> names) {
    // UCX, on which many MPIs stand, takes SIGSEGV, by which the JVM finds null pointers. It reads
    // its environment when it is loaded.
    environment("UCX_ERROR_SIGNALS", "", false);
    environment("UCX_HANDLE_ERRORS", "none", false);
    environment("OMPI_MCA_opal_signal", "6", false); // Open MPI's own: for abort alone
    for (String name : names) {
      try {
        return SymbolLookup.libraryLookup(name, arena);
      } catch (IllegalArgumentException e) {
        // the next one
      }
    }
    throw new IllegalStateException(
        "there is no MPI library here (looked for %s); install Open MPI or MPICH, or name its library: cluster: {use: mpi, library: /path/to/libmpi.so}"
            .formatted(String.join(", ", names)));
  }

  /// Sets a variable of the process's environment.
  ///
  /// @param instead of what the user has set, which stays otherwise
  static void environment(String name, String value, boolean instead) {
    Linker linker = Linker.nativeLinker();
    try (Arena scratch = Arena.ofConfined()) {
      MethodHandle set =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("setenv"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
      int _ =
          (int)
              set.invokeExact(
                  scratch.allocateFrom(name), scratch.allocateFrom(value), instead ? 1 : 0);
    } catch (Throwable e) {
      throw failed("setenv", e);
    }
  }

  private MethodHandle function(String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private void check(int code) {
    if (code == 0) {
      return;
    }
    String text = "error " + code;
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment buffer = scratch.allocate(1024);
      if ((int) errorString.invokeExact(code, buffer, scratch.allocate(JAVA_INT)) == 0) {
        text = buffer.getString(0).strip().replaceAll("\\s*\n\\s*", "; ");
      }
    } catch (Throwable e) {
      // the number must do
    }
    throw new IllegalStateException("MPI failed: " + text);
  }

  static RuntimeException failed(String what, Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(what + " failed", failure);
  }

  Abi abi() {
    return abi;
  }

  int rank() {
    return rank;
  }

  int size() {
    return size;
  }

  /// {@return what the library calls itself}
  String version() {
    return version;
  }

  /// Reduces in place; blocks until all have come.
  void reduce(MemorySegment buffer, int count, long type, long operation) {
    try {
      check(
          (int) allreduce.invokeExact(abi.inPlace(), buffer, count, type, operation, abi.world()));
    } catch (Throwable e) {
      throw failed("MPI_Allreduce", e);
    }
  }

  /// Takes what rank 0 has.
  void broadcast(MemorySegment buffer, int bytes) {
    try {
      check((int) broadcast.invokeExact(buffer, bytes, abi.bytes(), 0, abi.world()));
    } catch (Throwable e) {
      throw failed("MPI_Bcast", e);
    }
  }

  /// Ends all processes.
  void abort(int code) {
    try {
      int _ = (int) abort.invokeExact(abi.world(), code);
    } catch (Throwable e) {
      throw failed("MPI_Abort", e);
    }
  }

  void finish() {
    try {
      check((int) finish.invokeExact());
    } catch (Throwable e) {
      throw failed("MPI_Finalize", e);
    }
  }
}
