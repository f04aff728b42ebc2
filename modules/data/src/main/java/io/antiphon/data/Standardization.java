package io.antiphon.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.antiphon.core.Check;

/// What brings values to mean 0 and standard deviation 1: (x − mean) / deviation.
///
/// @param mean the mean of the values before
/// @param deviation their standard deviation, greater than 0
public record Standardization(double mean, double deviation) {
  /// What fits MNIST's 60,000 training images, grey values in `[0, 1]`.
  public static final Standardization MNIST = new Standardization(0.1307, 0.3081);

  /// Changes nothing.
  public static final Standardization NONE = new Standardization(0, 1);

  /// @throws IllegalArgumentException if a number is not finite, or `deviation` not greater than 0
  public Standardization {
    Check.finite("mean", mean);
    Check.above("deviation", deviation, 0);
  }

  /// {@return the standardization that fits values, all elements alike}
  ///
  /// Take the training part only, and apply the result to the validation part too.
  ///
  /// @param values float32 or, for grey bytes that count as `[0, 1]`, uint8; of any shape, with at
  ///   least two different elements
  public static Standardization of(NDArray values) {
    try (NDManager scratch = values.getManager().newSubManager()) {
      NDArray x = asFloats(values);
      x.attach(scratch);
      double mean = x.mean().getFloat();
      double variance = x.sub(mean).square().mean().getFloat();
      return new Standardization(mean, Math.sqrt(variance));
    }
  }

  /// {@return new values, float32, owned by the manager of the old ones}
  ///
  /// @param values float32 or, for grey bytes that count as `[0, 1]`, uint8; of any shape
  public NDArray apply(NDArray values) {
    NDArray x = asFloats(values);
    if (mean != 0) {
      x.subi(mean);
    }
    if (deviation != 1) {
      x.divi(deviation);
    }
    return x;
  }

  private static NDArray asFloats(NDArray values) {
    if (values.getDataType() == DataType.FLOAT32) {
      return values.duplicate();
    }
    NDArray floats = values.toType(DataType.FLOAT32, true);
    return values.getDataType() == DataType.UINT8 ? floats.divi(255) : floats;
  }
}
