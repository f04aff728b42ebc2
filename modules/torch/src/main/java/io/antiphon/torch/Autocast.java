package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// libtorch's autocast on the current thread: while a scope is open, matrix products and
/// convolutions compute in bfloat16 or float16, reductions that need range in float32, and weights
/// stay as they are.
///
/// ```
/// try (var _ = Autocast.on(device, DataType.BFLOAT16)) {
///   NDList predictions = model.forward(…);
/// }
/// ```
///
/// Scopes nest, also with [#off] inside [#on]; closing one brings back the state that it found, on
/// an exception too. They close in the reverse order, on the thread that opened them, which is a
/// platform thread. Run the backward pass after the scope, as libtorch advises: its operations take
/// the types of the forward pass.
///
/// A weight is narrowed at each use. libtorch could keep the narrow copy, but one copy serves the
/// whole process then, whether it was made with a graph or without one: what was computed for a
/// look at the model would leave the weight untrained. So libtorch's cache is off in these scopes,
/// and a weight that is used several times in a forward pass takes a copy each time.
///
/// What comes out may be bfloat16, which DJL shows as `UNKNOWN` and cannot handle: cast it by
/// [Cast] before it reaches others. DJL calls that used to abort the JVM on such an array throw an
/// `EngineException` on every thread that has opened a bfloat16 scope.
public final class Autocast implements AutoCloseable {
  // c10::DeviceType
  private static final byte CPU = 0;
  private static final byte GPU = 1;

  // The innermost open scope of each thread.
  private static final ThreadLocal<Autocast> INNERMOST = new ThreadLocal<>();

  private final @Nullable Autocast outer = INNERMOST.get();
  private final Thread thread = Thread.currentThread();
  private final State cpu;
  private final State gpu;
  private final boolean cached;
  private boolean closed;

  private Autocast() {
    Libtorch.refuseVirtualThread("autocast");
    cpu = State.of(CPU);
    gpu = State.of(GPU);
    try {
      cached = (boolean) Native.IS_CACHED.invokeExact();
      Native.SET_CACHED.invokeExact(false);
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
    INNERMOST.set(this);
  }

  /// Computes in a narrow type until the scope is closed.
  ///
  /// @param device the device whose operations are meant, a CPU or a GPU
  /// @param type [DataType#BFLOAT16] or [DataType#FLOAT16]
  /// @throws UnsupportedOperationException for bfloat16 where the JVM cannot be guarded, see
  ///   [Capabilities#isGuarded]
  /// @throws IllegalStateException on a virtual thread
  public static Autocast on(Device device, DataType type) {
    byte index = index(device);
    if (type != DataType.BFLOAT16 && type != DataType.FLOAT16) {
      throw new IllegalArgumentException(
          "autocast computes in bfloat16 or float16, not in " + type);
    }
    if (type == DataType.BFLOAT16) {
      TypeGuard.protectThread();
    }
    var scope = new Autocast();
    new State(index, true, Cast.code(type)).set();
    return scope;
  }

  /// Computes in the arrays' own types until the scope is closed.
  ///
  /// @param device the device whose operations are meant, a CPU or a GPU
  /// @throws IllegalStateException on a virtual thread
  public static Autocast off(Device device) {
    byte index = index(device);
    var scope = new Autocast();
    new State(index, false, State.of(index).type).set();
    return scope;
  }

  /// Computes in the arrays' own types on every device until the scope is closed.
  ///
  /// @throws IllegalStateException on a virtual thread
  public static Autocast off() {
    var scope = new Autocast();
    new State(CPU, false, scope.cpu.type).set();
    new State(GPU, false, scope.gpu.type).set();
    return scope;
  }

  /// {@return whether this thread computes in a narrow type on that device}
  public static boolean isOn(Device device) {
    return State.of(index(device)).on;
  }

  /// {@return the type that this thread computes in on that device while autocast is on}
  public static DataType type(Device device) {
    return Cast.type(State.of(index(device)).type);
  }

  /// Brings the former state back, also where a scope inside was left open. Closing again does
  /// nothing.
  ///
  /// @throws IllegalStateException on another thread, which changes nothing, and if scopes inside
  ///   were left open, which are closed with this one
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "this autocast scope belongs to thread '%s' and was closed by '%s'; close it where it was"
                  .formatted(thread.getName(), Thread.currentThread().getName())
              + " opened");
    }
    int forgotten = 0;
    for (Autocast scope = INNERMOST.get(); scope != this && scope != null; scope = scope.outer) {
      scope.closed = true;
      forgotten++;
    }
    closed = true;
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
    cpu.set();
    gpu.set();
    try {
      Native.SET_CACHED.invokeExact(cached);
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
    if (forgotten > 0) {
      throw new IllegalStateException(
          "%d autocast scope%s inside this one %s never closed; open them by try (var _ ="
                  .formatted(forgotten, forgotten == 1 ? "" : "s", forgotten == 1 ? "was" : "were")
              + " Autocast.on(…))");
    }
  }

  private static byte index(Device device) {
    return switch (device.getDeviceType()) {
      case Device.Type.CPU -> CPU;
      case Device.Type.GPU -> GPU;
      default ->
          throw new IllegalArgumentException(
              "autocast works on a CPU or a GPU, not on device '" + device + "'");
    };
  }

  /// What is in force on the current thread.
  private record State(byte device, boolean on, byte type) {
    static State of(byte device) {
      try {
        return new State(
            device,
            (boolean) Native.IS_ENABLED.invokeExact(device),
            (byte) Native.TYPE.invokeExact(device));
      } catch (Throwable e) {
        throw Libtorch.failed(e);
      }
    }

    void set() {
      try {
        Native.SET_TYPE.invokeExact(device, type);
        Native.SET_ENABLED.invokeExact(device, on);
      } catch (Throwable e) {
        throw Libtorch.failed(e);
      }
    }
  }

  /// at::autocast
  private static final class Native {
    static final MethodHandle IS_ENABLED =
        find("19is_autocast_enabledEN3c1010DeviceTypeE", JAVA_BOOLEAN, JAVA_BYTE);
    static final MethodHandle TYPE =
        find("18get_autocast_dtypeEN3c1010DeviceTypeE", JAVA_BYTE, JAVA_BYTE);
    static final MethodHandle SET_ENABLED =
        Libtorch.function(
            "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
            FunctionDescriptor.ofVoid(JAVA_BYTE, JAVA_BOOLEAN));
    static final MethodHandle SET_TYPE =
        Libtorch.function(
            "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
            FunctionDescriptor.ofVoid(JAVA_BYTE, JAVA_BYTE));
    static final MethodHandle IS_CACHED = find("25is_autocast_cache_enabledEv", JAVA_BOOLEAN);
    static final MethodHandle SET_CACHED =
        Libtorch.function(
            "_ZN2at8autocast26set_autocast_cache_enabledEb",
            FunctionDescriptor.ofVoid(JAVA_BOOLEAN));

    private static MethodHandle find(
        String name, java.lang.foreign.MemoryLayout result, java.lang.foreign.MemoryLayout... of) {
      return Libtorch.function("_ZN2at8autocast" + name, FunctionDescriptor.of(result, of));
    }
  }
}
