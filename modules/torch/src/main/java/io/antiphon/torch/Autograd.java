package io.antiphon.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/// Automatic differentiation of the current thread.
///
/// libtorch records a graph for each operation while the thread's grad mode is on, which it is on
/// every new thread. A virtual thread has no grad mode of its own, so it cannot change it. Unlike
/// DJL's `GradientCollector`, of which a JVM may hold one, this works on any number of threads at
/// once.
public final class Autograd {
  static {
    var _ = SelfCheck.result(); // before anything is trained or evaluated
  }

  private Autograd() {}

  /// {@return whether operations of this thread are recorded for a backward pass}
  public static boolean isOn() {
    return JniUtils.isGradMode();
  }

  /// Stops recording on this thread until the returned mode is closed.
  ///
  /// @throws IllegalStateException on a virtual thread
  public static Mode off() {
    return new Mode(false);
  }

  /// Records on this thread until the returned mode is closed.
  ///
  /// @throws IllegalStateException on a virtual thread
  public static Mode on() {
    return new Mode(true);
  }

  /// Adds the gradients of `target` to the `grad` of every leaf that it depends on.
  ///
  /// @param target what is differentiated: a scalar, `[]`, or an array whose sum is meant
  /// @param keepGraph whether a second backward pass through the same graph shall be possible
  /// @throws IllegalStateException if nothing that `target` depends on requires a gradient
  /// @throws IllegalArgumentException if `target` is of a type without gradients, or bfloat16
  public static void backward(NDArray target, boolean keepGraph) {
    if (!target.getDataType().isFloating()) { // DJL would abort the JVM
      throw new IllegalArgumentException(
          "backward needs a float16, float32 or float64 array, not one of type %s; cast it by"
                  .formatted(Cast.typeOf(target))
              + " io.antiphon.torch.Cast");
    }
    try (NDManager scratch = target.getManager().newSubManager()) {
      JniUtils.backward((PtNDArray) target, ones(target, scratch), keepGraph, false);
    } catch (EngineException e) {
      if (String.valueOf(e.getMessage()).contains("does not require grad")) {
        throw new IllegalStateException(
            "backward needs an array that depends on a parameter; this one was computed without"
                + " gradients (grad mode off, every parameter frozen, or cut by toType, toDevice or"
                + " duplicate)",
            e);
      }
      throw e;
    }
  }

  private static PtNDArray ones(NDArray target, NDManager scratch) {
    boolean isUsual =
        target.getDataType() == DataType.FLOAT32
            && target.getShape().isScalar()
            && target.getDevice().equals(Device.cpu());
    return isUsual ? One.ARRAY : (PtNDArray) scratch.ones(target.getShape(), target.getDataType());
  }

  /// The gradient of a loss with respect to itself, kept for good; libtorch writes into no gradient
  /// that somebody else holds.
  private static final class One {
    static final PtNDArray ARRAY =
        (PtNDArray) NDManager.newBaseManager(Device.cpu()).ones(new Shape());
  }

  /// A grad mode in force; closing it brings the former mode back. Close it on the same thread.
  public static final class Mode implements AutoCloseable {
    private final boolean former;
    private boolean changed;

    private Mode(boolean mode) {
      Libtorch.refuseVirtualThread("the grad mode");
      former = JniUtils.isGradMode();
      changed = former != mode;
      if (changed) {
        JniUtils.setGradMode(mode);
      }
    }

    @Override
    public void close() {
      if (changed) {
        changed = false;
        JniUtils.setGradMode(former);
      }
    }
  }
}
