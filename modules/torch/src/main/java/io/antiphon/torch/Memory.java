package io.antiphon.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The memory of arrays, without a copy.
public final class Memory {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def contiguous(x: Tensor) -> int:
            if ops.aten.is_contiguous(x):
              answer = 1
            else:
              answer = 0
            return answer
          """);

  private Memory() {}

  /// {@return the elements of an array on the CPU, row by row, in the machine's byte order}
  ///
  /// Reading and writing reach the array's own memory. The segment lives as long as the arena and
  /// keeps the memory alive, whether the array is closed before or after; once the arena is closed,
  /// access throws. A write is not seen by autograd: do not change what a recorded operation still
  /// needs. An operation of libtorch that runs at the same time is not waited for.
  ///
  /// Two things give the memory away all the same. An array that DJL made from Java data (`create`
  /// of numbers, `set` of a buffer) owns its memory alone: give that array itself, or keep it open
  /// while a view of a slice, a `reshape` or another handle of it is in use. And `set` of a buffer
  /// puts an array into other memory.
  ///
  /// @param array contiguous, on the CPU, of any type
  /// @param arena whose lifetime the view has, and whose threads may access it
  /// @throws IllegalArgumentException if it lies on another device or is not contiguous
  @SuppressWarnings("restricted") // the size is the buffer's own
  public static MemorySegment view(NDArray array, Arena arena) {
    if (!array.getDevice().equals(Device.cpu())) {
      throw new IllegalArgumentException(
          "a view needs an array on the CPU, not on %s; copy it by toDevice first"
              .formatted(array.getDevice()));
    }
    if (array.isSparse() || SCRIPT.number("contiguous", array) == 0) {
      throw new IllegalArgumentException(
          "a view needs a contiguous array; this one of shape %s has gaps or another order, as a"
                  .formatted(array.getShape())
              + " slice or a transpose has; duplicate it first");
    }
    if (array.size() == 0) {
      return MemorySegment.NULL;
    }
    TorchScript.Value kept = TorchScript.keep(List.of(array)); // with a buffer of Java's
    try {
      return MemorySegment.ofBuffer(array.toByteBuffer(true)).reinterpret(arena, _ -> kept.close());
    } catch (RuntimeException | Error e) {
      kept.close();
      throw e;
    }
  }
}
