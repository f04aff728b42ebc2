package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;

/// The mean squared or absolute difference of predictions and targets, or of their logarithms, over
/// all their numbers.
///
/// Both have the same shape, but for axes of length 1 at the end.
public final class MeanError extends MeanMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def mse(sum: Tensor, x: Tensor, y: Tensor) -> Tensor:
            d = torch.sub(torch.flatten(x), torch.flatten(y))
            return torch.add_(sum, torch.sum(torch.square(d), dtype=7))
          def mae(sum: Tensor, x: Tensor, y: Tensor) -> Tensor:
            d = torch.sub(torch.flatten(x), torch.flatten(y))
            return torch.add_(sum, torch.sum(torch.abs(d), dtype=7))
          def msle(sum: Tensor, x: Tensor, y: Tensor) -> Tensor:
            d = torch.sub(torch.log1p(torch.flatten(x)), torch.log1p(torch.flatten(y)))
            return torch.add_(sum, torch.sum(torch.square(d), dtype=7))
          """);

  private MeanError(String name) {
    super(name, false);
  }

  /// The mean absolute error; there is nothing to set.
  @Id("mae")
  @Summary("mean absolute error")
  public record Absolute() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return MeanError.absolute();
    }
  }

  /// The mean squared error; there is nothing to set.
  @Id("mse")
  @Summary("mean squared error")
  public record Squared() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return MeanError.squared();
    }
  }

  /// The mean squared logarithmic error; there is nothing to set.
  @Id("msle")
  @Summary("mean squared error of logarithms of 1 + value; for values above -1")
  public record SquaredLogarithmic() implements Comparison.OfNumbers {
    @Override
    public Metric create() {
      return MeanError.squaredLogarithmic();
    }
  }

  /// {@return the mean squared difference of log(1 + value), as `msle`}
  public static MeanError squaredLogarithmic() {
    return new MeanError("msle");
  }

  /// {@return the mean squared error, as `mse`}
  public static MeanError squared() {
    return new MeanError("mse");
  }

  /// {@return the mean absolute error, as `mae`}
  public static MeanError absolute() {
    return new MeanError("mae");
  }

  @Override
  long add(NDArray sum, Batch batch) {
    NDArray x = batch.predictions().head();
    NDArray y = batch.targets().head();
    if (!trimmed(x.getShape()).equals(trimmed(y.getShape()))) {
      throw new IllegalArgumentException(
          ("%s compares each prediction with its target, but the predictions have shape %s and "
                  + "the targets %s")
              .formatted(name(), x.getShape(), y.getShape()));
    }
    SCRIPT.run(name(), sum, x, y);
    return x.size();
  }

  // Without the axes of length 1 behind the batch's axis.
  private static Shape trimmed(Shape shape) {
    int length = shape.dimension();
    while (length > 1 && shape.get(length - 1) == 1) {
      length--;
    }
    return shape.slice(0, length);
  }
}
