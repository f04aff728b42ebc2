package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.TorchScript;

/// A metric that is a function of how often each class was predicted for each.
///
/// Predictions and targets are as for [Accuracy]; a place whose index is -100 is left out. The
/// counts take 8·C² bytes on the device, for C classes.
abstract class ConfusionMetric extends SummedMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def indices(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            classes = torch.size(x, -1)
            own = torch.flatten(torch.to(y, 4))
            cell = torch.add(torch.mul(own, classes), torch.flatten(torch.argmax(x, -1)))
            cell = torch.masked_fill(cell, torch.eq(own, -100), torch.mul(classes, classes))
            return torch.scatter_add_(sums, 0, cell, torch.ones_like(cell, dtype=7))
          def probabilities(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            own = torch.flatten(torch.argmax(y, -1))
            cell = torch.add(torch.mul(own, torch.size(x, -1)), torch.flatten(torch.argmax(x, -1)))
            return torch.scatter_add_(sums, 0, cell, torch.ones_like(cell, dtype=7))
          def logits(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            own = torch.to(torch.ge(torch.flatten(y), 0.5), 4)
            cell = torch.add(torch.mul(own, 2), torch.to(torch.gt(torch.flatten(x), 0), 4))
            return torch.scatter_add_(sums, 0, cell, torch.ones_like(cell, dtype=7))
          """);

  ConfusionMetric(String name) {
    super(name, true);
  }

  @Override
  Shape shape(NDArray predictions, NDArray targets) {
    Classes form = Classes.of(name(), predictions, targets);
    long classes = 2;
    if (!form.function().equals("logits")) {
      Shape shape = predictions.getShape();
      classes = shape.get(shape.dimension() - 1);
    }
    return new Shape(classes * classes + 1); // the last one is of places left out
  }

  @Override
  void add(NDArray sums, NDArray predictions, NDArray targets) {
    SCRIPT.run(Classes.of(name(), predictions, targets).function(), sums, predictions, targets);
  }

  @Override
  final double value(double[] sums) {
    int classes = (int) Math.sqrt(sums.length - 1);
    var counts = new double[classes][classes];
    for (int i = 0; i < classes; i++) {
      System.arraycopy(sums, i * classes, counts[i], 0, classes);
    }
    return value(counts);
  }

  /// {@return the number that the counts make}
  ///
  /// @param counts a row for each class of targets, a column for each class of predictions
  abstract double value(double[][] counts);

  static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  /// {@return how often each class was predicted}
  static double[] predicted(double[][] counts) {
    var sums = new double[counts.length];
    for (double[] row : counts) {
      for (int i = 0; i < row.length; i++) {
        sums[i] += row[i];
      }
    }
    return sums;
  }

  /// {@return how often each class was the target}
  static double[] targeted(double[][] counts) {
    var sums = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      sums[i] = sum(counts[i]);
    }
    return sums;
  }
}
