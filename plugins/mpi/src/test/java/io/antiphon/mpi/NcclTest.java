package io.antiphon.mpi;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whether NCCL is called as its interface says, by a library that stands in for it: the true one
/// does nothing without a GPU.
class NcclTest {
  @TempDir Path folder;

  @SuppressWarnings("restricted") // a library of this test's own
  private Optional<SymbolLookup> standIn() throws IOException, InterruptedException {
    Path source = folder.resolve("stand-in.c");
    Path library = folder.resolve("stand-in.so");
    try (var text = NcclTest.class.getResourceAsStream("stand-in.c")) {
      Files.copy(text, source);
    }
    try {
      Process compiler =
          new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
              .inheritIO()
              .start();
      assertThat(compiler.waitFor()).isZero();
    } catch (IOException e) {
      System.out.println("There is no C compiler, cc: how NCCL is called is not tested");
      return Optional.empty();
    }
    return Optional.of(SymbolLookup.libraryLookup(library, Arena.global()));
  }

  @Test
  void numbersAreSummedInPlace() throws Exception {
    SymbolLookup library = standIn().orElse(null);
    if (library == null) {
      return;
    }
    var nccl = new Nccl(library, 0, 3, _ -> {});
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment floats = arena.allocateFrom(JAVA_FLOAT, 1, 2, 3);
      nccl.sum(floats.address(), 2, DataType.FLOAT32);
      assertThat(floats.toArray(JAVA_FLOAT)).containsExactly(3, 6, 3);
      MemorySegment doubles = arena.allocateFrom(JAVA_DOUBLE, 0.5);
      nccl.sum(doubles.address(), 1, DataType.FLOAT64);
      assertThat(doubles.get(JAVA_DOUBLE, 0)).isEqualTo(1.5);
      MemorySegment longs = arena.allocateFrom(JAVA_LONG, 1L << 40);
      nccl.sum(longs.address(), 1, DataType.INT64);
      assertThat(longs.get(JAVA_LONG, 0)).isEqualTo(3L << 40);
      nccl.broadcast(longs.address(), 8);
      assertThat(longs.get(JAVA_LONG, 0)).isEqualTo(0x0707070707070707L);
    }
  }

  @Test
  void theNameOfTheGroupComesFromRank0AndAFailureIsASentence() throws Exception {
    SymbolLookup library = standIn().orElse(null);
    if (library == null) {
      return;
    }
    var name = new byte[128];
    new Nccl(library, 0, 2, id -> MemorySegment.ofArray(name).copyFrom(id));
    new Nccl(library, 1, 2, id -> id.copyFrom(MemorySegment.ofArray(name)));
    assertThatThrownBy(() -> new Nccl(library, 1, 2, _ -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("NCCL failed: invalid argument; NCCL_DEBUG=INFO tells more");
  }

  @Test
  void eachProcessOfAMachineSeesAGpuOfItsOwn() {
    Map<String, String> second =
        Map.of("OMPI_COMM_WORLD_LOCAL_RANK", "1", "OMPI_COMM_WORLD_LOCAL_SIZE", "2");
    assertThat(Launcher.gpu(second)).contains("1");
    assertThat(Launcher.gpu(and(second, "3,5"))).contains("5");
    assertThat(Launcher.gpu(and(second, "GPU-8932f937"))).as("the launcher's choice").isEmpty();
    assertThat(Launcher.gpu(Map.of())).as("one process").isEmpty();
    assertThat(
            Launcher.gpu(
                Map.of("MPI_LOCALRANKID", "2", "MPI_LOCALNRANKS", "3", Launcher.VISIBLE, "0,1")))
        .as("more processes than GPUs")
        .contains("");
  }

  private static Map<String, String> and(Map<String, String> environment, String visible) {
    var all = new HashMap<>(environment);
    all.put(Launcher.VISIBLE, visible);
    return all;
  }
}
