package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// What becomes of denormal numbers (below 1.2e-38 in float32) on the current thread, and on those
/// that libtorch lends it, until the scope is closed.
///
/// Processors take many times as long for a denormal number as for any other. The running means of
/// an optimizer get there when a weight has no gradient any more, and a step of Adam takes ten
/// times as long then; so training flushes them: they are zero. Java's own `float` and `double`
/// numbers are flushed on that thread, too. On processors other than x86-64, and where libtorch's
/// threads are not GNU's, nothing can be changed.
public final class Denormals implements AutoCloseable {
  static {
    Libtorch.load();
  }

  /// The C library's `fenv_t` of x86-64: where the control register of SSE is in it.
  private static final long SIZE = 32;

  private static final long REGISTER = 28;

  /// Two bits of the register: results are flushed to zero, and arguments are taken for zero.
  private static final int FLUSH = 0x8040;

  private final boolean former = isFlushed();

  private Denormals(boolean flush) {
    set(flush);
  }

  /// Takes denormal numbers for zero until the scope is closed, on the same thread: on this thread
  /// and on as many of libtorch's as an operation may use now.
  ///
  /// @throws IllegalStateException on a virtual thread
  public static Denormals flush() {
    return of(true);
  }

  /// Takes denormal numbers for what they are until the scope is closed, on the same thread.
  ///
  /// @throws IllegalStateException on a virtual thread
  public static Denormals keep() {
    return of(false);
  }

  private static Denormals of(boolean flush) {
    Libtorch.refuseVirtualThread("what becomes of denormal numbers");
    return new Denormals(flush);
  }

  /// {@return whether this thread takes denormal numbers for zero}
  public static boolean isFlushed() {
    if (!Native.IS_THERE) {
      return false;
    }
    try (var arena = Arena.ofConfined()) {
      return (register(environment(arena)) & FLUSH) == FLUSH;
    }
  }

  /// {@return whether they can be flushed here}
  public static boolean canBeFlushed() {
    return Native.IS_THERE;
  }

  private static void set(boolean flush) {
    if (!Native.IS_THERE) {
      return;
    }
    try (var arena = Arena.ofConfined()) {
      MemorySegment environment = environment(arena);
      int register = register(environment);
      environment.set(JAVA_INT, REGISTER, flush ? register | FLUSH : register & ~FLUSH);
      Native.onEveryThread(environment);
    }
  }

  private static int register(MemorySegment environment) {
    return environment.get(JAVA_INT, REGISTER);
  }

  private static MemorySegment environment(Arena arena) {
    MemorySegment environment = arena.allocate(SIZE, Long.BYTES);
    try {
      var _ = (int) Native.GET.invokeExact(environment);
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
    return environment;
  }

  /// Brings back what was in force. Close it on the same thread.
  @Override
  public void close() {
    set(former);
  }

  /// The floating-point environment of a thread, and a way to the threads of a team.
  @SuppressWarnings("restricted") // the C library's functions
  private static final class Native {
    private static final SymbolLookup C = Linker.nativeLinker().defaultLookup();
    private static final Optional<MemorySegment> SET = C.find("fesetenv");
    private static final Optional<MemorySegment> TEAM = Libtorch.find("GOMP_parallel");

    static final boolean IS_THERE =
        System.getProperty("os.arch", "").equals("amd64")
            && System.getProperty("os.name", "").equals("Linux")
            && SET.isPresent()
            && TEAM.isPresent();

    static final MethodHandle GET =
        Linker.nativeLinker()
            .downcallHandle(C.findOrThrow("fegetenv"), FunctionDescriptor.of(JAVA_INT, ADDRESS));

    private static final MethodHandle PARALLEL =
        Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));

    /// Calls `fesetenv` on the thread and on its team, which has the usual number of threads (0).
    static void onEveryThread(MemorySegment environment) {
      try {
        PARALLEL.invokeExact(TEAM.orElseThrow(), SET.orElseThrow(), environment, 0, 0);
      } catch (Throwable e) {
        throw Libtorch.failed(e);
      }
    }
  }
}
