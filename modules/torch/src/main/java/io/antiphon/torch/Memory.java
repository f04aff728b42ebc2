package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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
    checkContiguous(array);
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

  /// {@return where the elements of an array lie on its device, row by row}
  ///
  /// The address is good as long as the array is open and nothing puts it into other memory. On a
  /// GPU it is one for functions of CUDA alone, in the order of their stream; libtorch's is the
  /// default one, 0.
  ///
  /// @param array contiguous, of any type, on any device
  /// @throws IllegalArgumentException if it is not contiguous
  public static long address(NDArray array) {
    checkContiguous(array);
    return dataOf(array);
  }

  /// {@return the number in an array of one element, of any type; waits for its device}
  ///
  /// @throws IllegalArgumentException if there is not one element
  @SuppressWarnings("restricted") // the size is that of the only element
  public static double number(NDArray array) {
    if (array.size() != 1) {
      throw new IllegalArgumentException(
          "a number is read from an array of one element, not from one of shape "
              + array.getShape());
    }
    DataType type = array.getDataType();
    boolean liesHere = array.getDevice().equals(Device.cpu());
    if (!liesHere || (type != DataType.FLOAT32 && type != DataType.INT64)) {
      try (NDArray number = array.toType(DataType.FLOAT64, true)) {
        return number.getDouble();
      }
    }
    MemorySegment memory = MemorySegment.ofAddress(dataOf(array)).reinterpret(Long.BYTES);
    return type == DataType.FLOAT32 ? memory.get(JAVA_FLOAT, 0) : memory.get(JAVA_LONG, 0);
  }

  private static long dataOf(NDArray array) {
    var address = new long[1];
    try {
      long tensor = ((PtNDArray) array).getHandle();
      if ((int) Address.FUNCTION.invokeExact(tensor, MemorySegment.ofArray(address)) != 0) {
        throw new IllegalStateException("libtorch does not tell where an array lies");
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
    return address[0];
  }

  private static void checkContiguous(NDArray array) {
    if (array.isSparse() || SCRIPT.number("contiguous", array) == 0) {
      throw new IllegalArgumentException(
          "a view needs a contiguous array; this one of shape %s has gaps or another order, as a"
                  .formatted(array.getShape())
              + " slice or a transpose has; duplicate it first");
    }
  }

  /// Found when it is needed: of libtorch's interface for C. It may write into an array of Java's.
  private static final class Address {
    static final MethodHandle FUNCTION =
        Libtorch.function(
            "aoti_torch_get_data_ptr",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS),
            Linker.Option.critical(true));
  }
}
