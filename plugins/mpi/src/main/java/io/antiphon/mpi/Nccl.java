package io.antiphon.mpi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.ndarray.types.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// NVIDIA's library that sums arrays of several GPUs in their own memory, as much of it as training
/// needs. The processes meet by MPI, and each has the one GPU that it sees.
///
/// Functions return when the work is queued in CUDA's default stream, which is libtorch's.
@SuppressWarnings("restricted") // native calls are this module's purpose
final class Nccl {
  /// What a group of processes is known by, passed by value.
  static final StructLayout ID =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(128, JAVA_BYTE));

  private static final List<String> FILES = List.of("libnccl.so.2", "libnccl.so");
  private static final int BYTES = 0;
  private static final int SUM = 0;
  private static final MemorySegment DEFAULT_STREAM = MemorySegment.NULL;

  private final SymbolLookup library;
  private final MethodHandle errorString;
  private final MethodHandle allReduce;
  private final MethodHandle broadcast;
  private final MemorySegment group;

  /// Joins the processes; blocks until all have come.
  ///
  /// @param fromFirst puts what rank 0 has in place of some bytes
  Nccl(SymbolLookup library, int rank, int size, Consumer<MemorySegment> fromFirst) {
    this.library = library;
    errorString =
        Linker.nativeLinker()
            .downcallHandle(
                library.findOrThrow("ncclGetErrorString"),
                FunctionDescriptor.of(ADDRESS, JAVA_INT));
    allReduce =
        function(
            "ncclAllReduce", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    broadcast =
        function(
            "ncclBroadcast", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment id = scratch.allocate(ID);
      if (rank == 0) {
        check((int) function("ncclGetUniqueId", ADDRESS).invokeExact(id));
      }
      fromFirst.accept(id);
      MemorySegment handle = scratch.allocate(ADDRESS);
      check(
          (int)
              function("ncclCommInitRank", ADDRESS, JAVA_INT, ID, JAVA_INT)
                  .invokeExact(handle, size, id, rank));
      group = handle.get(ADDRESS, 0);
    } catch (Throwable e) {
      throw Mpi.failed("ncclCommInitRank", e);
    }
  }

  /// {@return the library, if there is one: a file of its own, or within libtorch}
  static Optional<SymbolLookup> library() {
    for (String file : FILES) {
      try {
        return Optional.of(SymbolLookup.libraryLookup(file, Arena.global()));
      } catch (IllegalArgumentException e) {
        // the next one
      }
    }
    SymbolLookup loaded = SymbolLookup.loaderLookup();
    return loaded.find("ncclAllReduce").map(_ -> loaded);
  }

  private MethodHandle function(String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private void check(int code) throws Throwable {
    if (code != 0) {
      var text = (MemorySegment) errorString.invokeExact(code);
      throw new IllegalStateException(
          "NCCL failed: %s; NCCL_DEBUG=INFO tells more"
              .formatted(text.reinterpret(1024).getString(0)));
    }
  }

  /// Puts the sum over all processes in place of numbers on the GPU.
  ///
  /// @param address of the first one
  /// @param type float32, float64 or int64
  void sum(long address, long count, DataType type) {
    int number =
        switch (type) {
          case INT64 -> 4;
          case FLOAT32 -> 7;
          case FLOAT64 -> 8;
          default -> throw new IllegalArgumentException(type.toString());
        };
    try {
      check(
          (int) allReduce.invokeExact(address, address, count, number, SUM, group, DEFAULT_STREAM));
    } catch (Throwable e) {
      throw Mpi.failed("ncclAllReduce", e);
    }
  }

  /// Puts the bytes of rank 0 in place of those on the GPU.
  void broadcast(long address, long bytes) {
    try {
      check((int) broadcast.invokeExact(address, address, bytes, BYTES, 0, group, DEFAULT_STREAM));
    } catch (Throwable e) {
      throw Mpi.failed("ncclBroadcast", e);
    }
  }
}
