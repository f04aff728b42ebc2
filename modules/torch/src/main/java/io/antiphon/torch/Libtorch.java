package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import ai.djl.engine.Engine;
import io.antiphon.torch.environment.Environment;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Functions of libtorch, and of the C++ runtime under it, that DJL does not give.
///
/// The lookup sees the libraries that DJL has loaded, because DJL and this module share a class
/// loader; through them it sees all that they are linked with.
final class Libtorch {
  static {
    Environment.prepare();
    Engine.getInstance(); // loads the libraries
  }

  private static final SymbolLookup LIBRARIES = SymbolLookup.loaderLookup();

  private static final int ERROR = 2; // of c10's levels

  static {
    if (!System.getLogger("io.antiphon.torch").isLoggable(System.Logger.Level.DEBUG)) {
      silence();
    }
  }

  private Libtorch() {}

  /// Loads libtorch as Antiphon wants it, once.
  static void load() {
    // the class is initialised by now
  }

  // libtorch's own warnings reach standard error past every setting of Java: only errors do now,
  // unless somebody looks for faults.
  @SuppressWarnings("restricted") // the size of an int
  private static void silence() {
    LIBRARIES
        .find("FLAGS_caffe2_log_level")
        .ifPresent(level -> level.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, ERROR));
  }

  /// {@return a handle on a function}
  ///
  /// @param symbol its mangled name
  /// @throws UnsupportedOperationException if this libtorch does not have it
  @SuppressWarnings("restricted") // this module exists to call native code
  static MethodHandle function(String symbol, FunctionDescriptor type, Linker.Option... options) {
    return Linker.nativeLinker().downcallHandle(address(symbol), type, options);
  }

  /// {@return the address of a function or of data}
  ///
  /// @throws UnsupportedOperationException if this libtorch does not have it
  static MemorySegment address(String symbol) {
    return find(symbol)
        .orElseThrow(() ->
            new UnsupportedOperationException(
                "the loaded libtorch has no function '%s'; Antiphon was made for libtorch 2.7"
                    .formatted(symbol)));
  }

  static Optional<MemorySegment> find(String symbol) {
    return LIBRARIES.find(symbol);
  }

  /// Refuses a virtual thread, which may go on at another carrier than it began on: what libtorch
  /// keeps per thread belongs to the carrier.
  ///
  /// @param what what is kept per thread
  static void refuseVirtualThread(String what) {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      throw new IllegalStateException(
          "libtorch keeps %s per platform thread, and virtual thread '%s' may move to another; run it on a platform thread, by Thread.ofPlatform() or a pool of them"
              .formatted(what, thread.getName().isEmpty() ? thread.threadId() : thread.getName()));
    }
  }

  /// {@return what a native call may fail with: nothing of its own, so an error of the JVM}
  static RuntimeException failed(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("a native call failed", cause);
  }
}
