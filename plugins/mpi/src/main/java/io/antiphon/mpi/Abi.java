package io.antiphon.mpi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/// How an MPI library writes its handles and constants.
///
/// Those of Open MPI are addresses of its globals, those of MPICH and its kin (Intel, Cray,
/// MVAPICH) are ints, those of MPI 5's standard are small numbers as pointers. All are passed in a
/// register of 64 bits, of which a callee that takes an int reads the lower half: so one signature
/// with `long` serves all three.
///
/// @param name of the library's kind
/// @param world all processes that were started together
/// @param float32 the type of floats
/// @param float64 the type of doubles
/// @param int64 the type of longs
/// @param bytes the type of bytes
/// @param sum the operation
/// @param max the operation
/// @param errorsReturn that errors are codes rather than the end
/// @param inPlace that the buffer of the result is that of the operand
record Abi(
    String name,
    long world,
    long float32,
    long float64,
    long int64,
    long bytes,
    long sum,
    long max,
    long errorsReturn,
    long inPlace) {
  static final String OPEN_MPI = "Open MPI";
  static final String MPICH = "MPICH";

  static Abi of(SymbolLookup library) {
    if (library.find("ompi_mpi_comm_world").isPresent()) {
      return new Abi(
          OPEN_MPI,
          at(library, "comm_world"),
          at(library, "float"),
          at(library, "double"),
          at(library, "int64_t"),
          at(library, "byte"),
          at(library, "op_sum"),
          at(library, "op_max"),
          at(library, "errors_return"),
          1);
    }
    if (isStandard(library)) {
      return new Abi("MPI 5", 0x101, 0x210, 0x214, 0x258, 0x247, 0x21, 0x23, 0x142, 1);
    }
    return new Abi(
        MPICH,
        0x44000000,
        0x4c00040a,
        0x4c00080b,
        0x4c00083a,
        0x4c00010d,
        0x58000003,
        0x58000001,
        0x54000001,
        -1);
  }

  private static long at(SymbolLookup library, String name) {
    return library.findOrThrow("ompi_mpi_" + name).address();
  }

  @SuppressWarnings("restricted") // this module's purpose
  private static boolean isStandard(SymbolLookup library) {
    MemorySegment function = library.find("MPI_Abi_get_version").orElse(MemorySegment.NULL);
    if (function.equals(MemorySegment.NULL)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment version = arena.allocate(JAVA_INT, 2);
      int code =
          (int)
              Linker.nativeLinker()
                  .downcallHandle(function, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))
                  .invokeExact(version, version.asSlice(4));
      return code == 0 && version.get(JAVA_INT, 0) == 1;
    } catch (Throwable e) {
      throw Mpi.failed("MPI_Abi_get_version", e);
    }
  }
}
