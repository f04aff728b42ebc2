package io.antiphon.mpi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import io.antiphon.core.Check;
import io.antiphon.core.Ranks;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.RanksProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/// The processes that `mpirun` started, on one machine or many.
///
/// Arrays are reduced in their own memory, in chunks, by blocking calls; those on NVIDIA's GPUs by
/// NCCL, where its library is. All calls come from the thread that trains; a thread beside it ends
/// the process when one takes longer than the time-out.
///
/// Each process of a machine sees a GPU of its own, its first, unless `CUDA_VISIBLE_DEVICES` leaves
/// it one already.
public final class MpiRanks implements Ranks {
  private final Mpi mpi;
  private final Watchdog watchdog;
  private final int chunk;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment small = arena.allocate(1024, 64);
  private @Nullable Nccl nccl;

  /// How processes are joined.
  @Id("mpi")
  @Summary("processes that mpirun started train together")
  public record Options(
      @Summary("after how long a process that waits for another ends all") Duration timeout,
      @Summary("how many bytes are reduced at once, at least 4,096") int chunk,
      @Summary("file of the MPI library; null for the one that fits the launcher")
          Optional<Path> library)
      implements RanksProvider {
    public Options {
      Check.atLeast("chunk", chunk, 4096);
      if (timeout.compareTo(Duration.ofMillis(100)) < 0) {
        throw Check.refused("timeout", timeout, "0.1 s or more");
      }
    }

    /// Ten minutes, 4 MiB, the library that fits the launcher.
    public Options() {
      this(Duration.ofMinutes(10), 4 << 20, Optional.empty());
    }

    @Override
    public Ranks create() {
      return new MpiRanks(this);
    }
  }

  private MpiRanks(Options options) {
    Optional<Launcher> launcher = Launcher.of(System.getenv());
    Launcher.gpu(System.getenv()).ifPresent(gpu -> Mpi.environment(Launcher.VISIBLE, gpu, true));
    mpi =
        new Mpi(
            options
                .library()
                .map(file -> List.of(file.toString()))
                .orElseGet(
                    () -> launcher.map(Launcher::libraries).orElseGet(Launcher::anyLibrary)));
    chunk = options.chunk() / 8 * 8;
    watchdog = new Watchdog("rank %d of %d".formatted(mpi.rank(), mpi.size()), options.timeout());
    int started = launcher.map(Launcher::size).orElse(1);
    if (started != mpi.size()) {
      throw new IllegalStateException(
          "%s started %d processes, but the library counts %d (%s): they are of different MPIs; start with the mpirun of the library's package, or name the launcher's library: cluster: {use: mpi, library: /path/to/libmpi.so}"
              .formatted(
                  launcher.map(Launcher::name).orElse("nobody"),
                  started,
                  mpi.size(),
                  mpi.version()));
    }
  }

  @Override
  public int rank() {
    return mpi.rank();
  }

  @Override
  public int size() {
    return mpi.size();
  }

  @Override
  public int onThisMachine() {
    return Launcher.onThisMachine(System.getenv()).orElse(size());
  }

  @Override
  public boolean sumsOn(Device device) {
    return device.equals(Device.cpu())
        || (device.isGpu() && (size() == 1 || Nccl.library().isPresent()));
  }

  private Nccl nccl() {
    Nccl known = nccl;
    if (known == null) {
      known =
          new Nccl(
              Nccl.library().orElseThrow(),
              rank(),
              size(),
              id -> mpi.broadcast(id, (int) id.byteSize()));
      nccl = known;
    }
    return known;
  }

  /// Lets NCCL do something with an array, and waits until the GPU has done it, as the other
  /// processes let it.
  private void onGpu(NDArray array, String what, ObjLongConsumer<Nccl> work) {
    if (size() == 1) {
      return;
    }
    try (var _ = watchdog.watch(what)) {
      work.accept(nccl(), Memory.address(array));
      try (NDArray flat = array.reshape(-1);
          NDArray first = flat.get(0)) {
        first.toByteBuffer();
      }
    }
  }

  @Override
  public void sum(NDArray array, String what) {
    long type =
        switch (array.getDataType()) {
          case FLOAT32 -> mpi.abi().float32();
          case FLOAT64 -> mpi.abi().float64();
          case INT64 -> mpi.abi().int64();
          default ->
              throw new IllegalArgumentException(
                  "%s of type %s are not summed over processes; float32, float64 and int64 are"
                      .formatted(what, array.getDataType()));
        };
    if (array.getDevice().isGpu()) {
      long count = array.size();
      onGpu(array, what, (nccl, at) -> nccl.sum(at, count, array.getDataType()));
      return;
    }
    int width = array.getDataType().getNumOfBytes();
    try (Arena scope = Arena.ofConfined()) {
      reduce(Memory.view(array, scope), width, type, what);
    }
  }

  private void reduce(MemorySegment memory, int width, long type, String what) {
    try (var _ = watchdog.watch(what)) {
      for (long at = 0; at < memory.byteSize(); at += chunk) {
        long bytes = Math.min(chunk, memory.byteSize() - at);
        mpi.reduce(memory.asSlice(at, bytes), (int) (bytes / width), type, mpi.abi().sum());
      }
    }
  }

  @Override
  public void sum(double[] values, String what) {
    int most = (int) (small.byteSize() / 8);
    try (var _ = watchdog.watch(what)) {
      for (int at = 0; at < values.length; at += most) {
        int count = Math.min(most, values.length - at);
        MemorySegment.copy(values, at, small, JAVA_DOUBLE, 0, count);
        mpi.reduce(small, count, mpi.abi().float64(), mpi.abi().sum());
        MemorySegment.copy(small, JAVA_DOUBLE, 0, values, at, count);
      }
    }
  }

  @Override
  public void max(long[] values, String what) {
    int most = (int) (small.byteSize() / 8);
    try (var _ = watchdog.watch(what)) {
      for (int at = 0; at < values.length; at += most) {
        int count = Math.min(most, values.length - at);
        MemorySegment.copy(values, at, small, JAVA_LONG, 0, count);
        mpi.reduce(small, count, mpi.abi().int64(), mpi.abi().max());
        MemorySegment.copy(small, JAVA_LONG, 0, values, at, count);
      }
    }
  }

  @Override
  public void broadcast(NDArray array, String what) {
    if (array.getDevice().isGpu()) {
      long bytes = array.size() * array.getDataType().getNumOfBytes();
      onGpu(array, what, (nccl, at) -> nccl.broadcast(at, bytes));
      return;
    }
    try (Arena scope = Arena.ofConfined()) {
      broadcast(Memory.view(array, scope), what);
    }
  }

  private void broadcast(MemorySegment memory, String what) {
    try (var _ = watchdog.watch(what)) {
      for (long at = 0; at < memory.byteSize(); at += chunk) {
        long bytes = Math.min(chunk, memory.byteSize() - at);
        mpi.broadcast(memory.asSlice(at, bytes), (int) bytes);
      }
    }
  }

  @Override
  public String broadcast(String text, String what) {
    byte[] own = text.getBytes(StandardCharsets.UTF_8);
    long[] length = {leads() ? own.length : 0};
    max(length, what);
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment memory = scope.allocate(Math.max(1, length[0]));
      if (leads()) {
        MemorySegment.copy(own, 0, memory, JAVA_BYTE, 0, own.length);
      }
      broadcast(memory, what);
      var bytes = new byte[(int) length[0]];
      MemorySegment.copy(memory, JAVA_BYTE, 0, bytes, 0, bytes.length);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @Override
  public void abort(String why) {
    if (size() > 1) {
      try (var _ = watchdog.watch("end of all, because of a failure")) {
        mpi.abort(1);
      }
    }
  }

  /// {@return what the MPI library calls itself}
  @Override
  public String toString() {
    return mpi.version();
  }

  @Override
  public void close() {
    try (var _ = watchdog.watch("end")) {
      mpi.finish();
    }
  }
}
