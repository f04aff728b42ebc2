package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

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
/// an exception too. They close in the reverse order, on the thread that opened them. Copies of
/// weights that libtorch makes are kept until the outermost scope closes. Run the backward pass
/// after the scope, as libtorch advises: its operations take the types of the forward pass.
///
/// What comes out may be bfloat16, which DJL shows as `UNKNOWN` and cannot handle: cast it by
/// [Cast] before it reaches others. DJL calls that used to abort the JVM on such an array throw an
/// `EngineException` on every thread that has opened a bfloat16 scope.
public final class Autocast implements AutoCloseable {
  private final byte device;
  private final boolean formerlyOn;
  private final byte formerType;
  private final int depth;
  private final Thread thread = Thread.currentThread();
  private boolean closed;

  private Autocast(byte device, boolean on, byte type) {
    this.device = device;
    try {
      formerlyOn = (boolean) Native.IS_ENABLED.invokeExact(device);
      formerType = (byte) Native.TYPE.invokeExact(device);
      depth = (int) Native.NEST.invokeExact();
      Native.SET_TYPE.invokeExact(device, type);
      Native.SET_ENABLED.invokeExact(device, on);
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
  }

  /// Computes in a narrow type until the scope is closed.
  ///
  /// @param device the device whose operations are meant, a CPU or a GPU
  /// @param type [DataType#BFLOAT16] or [DataType#FLOAT16]
  /// @throws UnsupportedOperationException for bfloat16 where the JVM cannot be guarded, see
  ///   [Capabilities#isGuarded]
  public static Autocast on(Device device, DataType type) {
    if (type != DataType.BFLOAT16 && type != DataType.FLOAT16) {
      throw new IllegalArgumentException(
          "autocast computes in bfloat16 or float16, not in " + type);
    }
    if (type == DataType.BFLOAT16) {
      TypeGuard.protectThread();
    }
    return new Autocast(index(device), true, Cast.code(type));
  }

  /// Computes in the arrays' own types until the scope is closed.
  ///
  /// @param device the device whose operations are meant, a CPU or a GPU
  public static Autocast off(Device device) {
    byte index = index(device);
    try {
      return new Autocast(index, false, (byte) Native.TYPE.invokeExact(index));
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
  }

  /// {@return whether this thread computes in a narrow type on that device}
  public static boolean isOn(Device device) {
    try {
      return (boolean) Native.IS_ENABLED.invokeExact(index(device));
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
  }

  /// {@return the type that this thread computes in on that device while autocast is on}
  public static DataType type(Device device) {
    try {
      return Cast.type((byte) Native.TYPE.invokeExact(index(device)));
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
  }

  /// Brings the former state back. Closing again does nothing.
  ///
  /// @throws IllegalStateException on another thread, or while an inner scope is open
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
    try {
      int left = (int) Native.UNNEST.invokeExact();
      if (left != depth - 1) {
        var _ = (int) Native.NEST.invokeExact();
        throw new IllegalStateException(
            "an autocast scope of depth %d was closed while one of depth %d is open; close the inner"
                    .formatted(depth, left + 1)
                + " one first");
      }
      closed = true;
      Native.SET_TYPE.invokeExact(device, formerType);
      Native.SET_ENABLED.invokeExact(device, formerlyOn);
      if (left == 0) {
        Native.CLEAR_CACHE.invokeExact();
      }
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
  }

  /// c10::DeviceType
  private static byte index(Device device) {
    return switch (device.getDeviceType()) {
      case Device.Type.CPU -> 0;
      case Device.Type.GPU -> 1;
      default ->
          throw new IllegalArgumentException(
              "autocast works on a CPU or a GPU, not on device '" + device + "'");
    };
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
    static final MethodHandle NEST = find("17increment_nestingEv", JAVA_INT);
    static final MethodHandle UNNEST = find("17decrement_nestingEv", JAVA_INT);
    static final MethodHandle CLEAR_CACHE =
        Libtorch.function("_ZN2at8autocast11clear_cacheEv", FunctionDescriptor.ofVoid());

    private static MethodHandle find(
        String name, java.lang.foreign.MemoryLayout result, java.lang.foreign.MemoryLayout... of) {
      return Libtorch.function("_ZN2at8autocast" + name, FunctionDescriptor.of(result, of));
    }
  }
}
