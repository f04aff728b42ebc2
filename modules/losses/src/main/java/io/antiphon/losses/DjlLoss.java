package io.antiphon.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import ai.djl.training.loss.MaskedSoftmaxCrossEntropyLoss;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import io.antiphon.core.LossFunction;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;

/// Any loss of DJL as a loss function. It gives no values per sample.
///
/// @param loss DJL's loss
public record DjlLoss(Loss loss) implements LossFunction {
  /// A loss by its class, of DJL's or of any other module; softmax cross entropy by default.
  @Id("djl")
  @Summary("a loss of DJL, by its class")
  public record Options(
      @Summary("class of ai.djl.training.loss, such as HingeLoss, or a full class name")
          String name)
      implements LossProvider {
    private static final String PACKAGE = "ai.djl.training.loss.";

    /// DJL's softmax cross entropy.
    public Options() {
      this("SoftmaxCrossEntropyLoss");
    }

    /// {@inheritDoc}
    ///
    /// @throws IllegalArgumentException if there is no such class, it is no loss, or it cannot be
    ///   made without arguments
    @Override
    public LossFunction create() {
      String full = name.contains(".") ? name : PACKAGE + name;
      try {
        ClassLoader loader = Thread.currentThread().getContextClassLoader(); // knows plug-ins
        Object made = Class.forName(full, true, loader).getConstructor().newInstance();
        if (made instanceof Loss loss) {
          return new DjlLoss(loss);
        }
        throw new RefusedException(
            "name",
            "class '%s' is no loss of DJL: it does not extend %s"
                .formatted(full, Loss.class.getName()));
      } catch (ClassNotFoundException e) {
        throw new RefusedException(
            "name",
            "there is no class '%s'; name one of ai.djl.training.loss, or give its package, too"
                .formatted(full),
            e);
      } catch (ReflectiveOperationException e) {
        throw new RefusedException(
            "name",
            "loss class '%s' cannot be made; it needs to be public, exported, and have a public constructor without arguments"
                .formatted(full),
            e);
      }
    }
  }

  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    for (NDArray each : predictions) {
      // DJL has no name for bfloat16, and its losses end the JVM on it.
      if (each.getDataType() == DataType.UNKNOWN) {
        throw new IllegalArgumentException(
            ("DJL's loss '%s' does not take bfloat16 predictions; use one of Antiphon's losses, "
                    + "or full precision")
                .formatted(loss.getName()));
      }
    }
    return loss.evaluate(targets, predictions);
  }

  /// {@return whether it is a cross entropy of classes; DJL's data give their indices as float32}
  @Override
  public boolean hasIntegerTargets() {
    return loss instanceof SoftmaxCrossEntropyLoss || loss instanceof MaskedSoftmaxCrossEntropyLoss;
  }

  @Override
  public String toString() {
    return loss.getName();
  }
}
