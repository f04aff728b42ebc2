package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Turns what DJL's native part does with bfloat16, which is to abort the JVM, into an exception.
///
/// DJL has no name for bfloat16. Such an array is `UNKNOWN` to it, and each native function that is
/// asked to create or convert to that type executes a bare `throw;`. So it does for every other
/// type that its native table lacks, int16 among them. C++ defines it as throwing the exception
/// that is being handled; there is none, so the C++ runtime ends the process. Where [Rethrow] can
/// redirect it, it throws on every thread of the process, DJL's native functions catch that as they
/// catch every other, and Java gets an `EngineException`.
///
/// Elsewhere threads are guarded one by one. On a guarded thread there is an exception in handling:
/// one with a sentence in it, put into the thread's list as a `catch` block would (C++ ABI for
/// Itanium, section 2.5). The bare `throw;` throws it, and it remains in the list, for the next
/// time. A guarded thread stays so; that costs it 200 bytes and no time.
///
/// Known to be right for the GNU C++ runtime on Linux, with 64 bits; elsewhere [#isAvailable] is
/// false.
final class TypeGuard {
  static final String MESSAGE =
      "DJL cannot make arrays of this type; it knows int8, uint8, int32, int64, boolean, float16,"
          + " float32 and float64; cast bfloat16 and others to one of these first, in Java by"
          + " io.antiphon.torch.Cast";

  private static final List<String> SYMBOLS =
      List.of(
          "__cxa_get_globals",
          "__cxa_allocate_exception",
          "__cxa_init_primary_exception",
          "__cxa_begin_catch",
          "_ZNSt13runtime_errorC1EPKc",
          "_ZNSt13runtime_errorD1Ev",
          "_ZTISt13runtime_error");

  private static final boolean AVAILABLE =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")
          && ADDRESS.byteSize() == 8
          && SYMBOLS.stream().allMatch(symbol -> Libtorch.find(symbol).isPresent());

  private static final Optional<Rethrow> REDIRECTED = AVAILABLE ? Rethrow.find() : Optional.empty();

  static {
    REDIRECTED.ifPresent(Rethrow::redirect);
  }

  private TypeGuard() {}

  /// {@return what redirects the bare throws of all threads, if that can be done here}
  static Optional<Rethrow> redirected() {
    return REDIRECTED;
  }

  /// Guards all threads of the process, where that can be done; called before anything is trained.
  static void protectProcess() {
    // the class is initialised by now
  }

  /// {@return whether threads can be guarded here}
  static boolean isAvailable() {
    return AVAILABLE;
  }

  /// Guards the current thread, if it is not yet, or all of them.
  ///
  /// @throws UnsupportedOperationException where that cannot be done
  /// @throws IllegalStateException on a virtual thread, where threads are guarded one by one
  static void protectThread() {
    if (!AVAILABLE) {
      throw new UnsupportedOperationException(
          "bfloat16 is refused on this platform: a call of DJL on such an array would abort the"
              + " JVM, and only on Linux with the GNU C++ runtime can that be prevented; use"
              + " float16");
    }
    if (REDIRECTED.isEmpty()) {
      protectThisThread();
    }
  }

  /// Guards the current thread alone.
  static void protectThisThread() {
    Libtorch.refuseVirtualThread("the guard of bfloat16");
    CppRuntime.protect();
  }

  /// The C++ runtime.
  @SuppressWarnings("restricted") // structures of the C++ ABI
  private static final class CppRuntime {
    // struct __cxa_eh_globals { void* caughtExceptions; unsigned int uncaughtExceptions; }
    private static final long UNCAUGHT = ADDRESS.byteSize();
    // An exception is preceded by its _Unwind_Exception: four words, aligned as its widest type.
    private static final long UNWIND_HEADER = 32;
    private static final long RUNTIME_ERROR = 16;

    private static final MethodHandle GLOBALS =
        Libtorch.function("__cxa_get_globals", FunctionDescriptor.of(ADDRESS));

    static void protect() {
      try {
        MemorySegment globals = ((MemorySegment) GLOBALS.invokeExact()).reinterpret(16);
        if (globals.get(JAVA_LONG, 0) == 0) {
          // Throwing counts up, catching counts down. Nothing was thrown.
          globals.set(JAVA_INT, UNCAUGHT, globals.get(JAVA_INT, UNCAUGHT) + 1);
          beginCatch(exception());
        }
      } catch (Throwable e) {
        throw Libtorch.failed(e);
      }
    }

    private static MemorySegment exception() throws Throwable {
      MethodHandle allocate =
          Libtorch.function("__cxa_allocate_exception", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
      MethodHandle construct =
          Libtorch.function(
              "_ZNSt13runtime_errorC1EPKc", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
      MethodHandle initialize =
          Libtorch.function(
              "__cxa_init_primary_exception",
              FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
      var exception = (MemorySegment) allocate.invokeExact(RUNTIME_ERROR);
      try (var arena = Arena.ofConfined()) {
        construct.invokeExact(exception, arena.allocateFrom(MESSAGE)); // which copies the text
      }
      var header =
          (MemorySegment)
              initialize.invokeExact(
                  exception,
                  Libtorch.address("_ZTISt13runtime_error"),
                  Libtorch.address("_ZNSt13runtime_errorD1Ev"));
      header.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, 1); // one reference: the list's
      return exception;
    }

    private static void beginCatch(MemorySegment exception) throws Throwable {
      MethodHandle begin =
          Libtorch.function("__cxa_begin_catch", FunctionDescriptor.of(ADDRESS, ADDRESS));
      var unwind = MemorySegment.ofAddress(exception.address() - UNWIND_HEADER);
      var _ = (MemorySegment) begin.invokeExact(unwind);
    }
  }
}
