package io.antiphon.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The memory of an array that DJL made from Java data: a direct buffer, which libtorch does not
/// know the owner of. The array keeps it alive while it is open; whoever shares the memory for
/// longer must keep it too.
final class JavaBuffer {
  private static final VarHandle BUFFER = find();

  private JavaBuffer() {}

  /// {@return the array's buffer, null if libtorch owns the memory or another array the buffer}
  static @Nullable ByteBuffer of(NDArray array) {
    return array instanceof PtNDArray pt ? (ByteBuffer) BUFFER.get(pt) : null;
  }

  /// Lets an array that shares the memory of another one keep its buffer.
  static void share(NDArray from, NDArray to) {
    ByteBuffer buffer = of(from);
    if (buffer != null && to instanceof PtNDArray pt) {
      BUFFER.set(pt, buffer);
    }
  }

  private static VarHandle find() {
    try {
      return MethodHandles.privateLookupIn(PtNDArray.class, MethodHandles.lookup())
          .findVarHandle(PtNDArray.class, "dataRef", ByteBuffer.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "module ai.djl.pytorch_engine must be automatic, or open ai.djl.pytorch.engine to"
              + " io.antiphon.torch",
          e);
    }
  }
}
