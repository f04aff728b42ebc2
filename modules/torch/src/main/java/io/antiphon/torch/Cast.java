package io.antiphon.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

/// Conversion between floating-point types, recorded for gradients.
///
/// DJL's `toType` cuts the graph and aborts the JVM at bfloat16; these do neither. An array in
/// bfloat16 is `UNKNOWN` to DJL, so ask [#typeOf] instead of `getDataType`.
public final class Cast {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def cast(x: Tensor, dtype: int) -> Tensor:
            return torch.to(x, dtype)
          def dtype(x: Tensor) -> int:
            return ops.prim.dtype(x)
          """);

  // c10::ScalarType
  private static final byte FLOAT16 = 5;
  private static final byte FLOAT32 = 6;
  private static final byte FLOAT64 = 7;
  private static final byte BFLOAT16 = 15;

  private Cast() {}

  /// {@return the array in another type, owned by the array's manager}
  ///
  /// @see #to(NDArray, DataType, NDManager)
  public static NDArray to(NDArray array, DataType type) {
    return to(array, type, array.getManager());
  }

  /// Casts an array; the gradient flows back in the array's own type.
  ///
  /// @param array any array
  /// @param type [DataType#FLOAT16], [DataType#BFLOAT16], [DataType#FLOAT32] or [DataType#FLOAT64]
  /// @param manager who owns the result
  /// @return the array in that type; if it is of that type, another handle on the same memory
  /// @throws IllegalArgumentException for another type
  public static NDArray to(NDArray array, DataType type, NDManager manager) {
    byte code = code(type);
    if (code == BFLOAT16) {
      TypeGuard.protectThread();
    }
    NDArray cast = SCRIPT.call(manager, "cast", array, (long) code).head();
    if (array.getDataType() == type) {
      JavaBuffer.share(array, cast);
    }
    return cast;
  }

  /// {@return the type of an array's elements, bfloat16 included}
  public static DataType typeOf(NDArray array) {
    DataType type = array.getDataType();
    return type == DataType.UNKNOWN ? type((byte) SCRIPT.number("dtype", array)) : type;
  }

  /// {@return libtorch's number of a floating-point type, what scripts take for a `dtype`}
  ///
  /// @throws IllegalArgumentException for another type
  public static long dtype(DataType type) {
    return code(type);
  }

  static byte code(DataType type) {
    return switch (type) {
      case FLOAT16 -> FLOAT16;
      case FLOAT32 -> FLOAT32;
      case FLOAT64 -> FLOAT64;
      case BFLOAT16 -> BFLOAT16;
      default ->
          throw new IllegalArgumentException(
              "a cast is to float16, bfloat16, float32 or float64, not to " + type);
    };
  }

  static DataType type(byte code) {
    return switch (code) {
      case FLOAT16 -> DataType.FLOAT16;
      case FLOAT32 -> DataType.FLOAT32;
      case FLOAT64 -> DataType.FLOAT64;
      case BFLOAT16 -> DataType.BFLOAT16;
      default -> DataType.UNKNOWN;
    };
  }
}
