package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.TorchScript;
import java.util.Arrays;

/// A metric that is a function of how often each class was predicted for each.
///
/// Predictions and targets are as for [Accuracy]; a place whose index is -100 is left out. The
/// counts take 8·C² bytes on the device, for C classes; of L labels, each of which is told from its
/// absence, 24·L.
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
          def labels(sums: Tensor, x: Tensor, y: Tensor) -> Tensor:
            yes = torch.to(torch.gt(torch.flatten(x, 0, -2), 0), 7)
            own = torch.to(torch.ge(torch.flatten(y, 0, -2), 0.5), 7)
            counts = torch.stack([torch.sum(torch.mul(yes, own), [0]), torch.sum(yes, [0]), torch.sum(own, [0])])
            return torch.add_(sums, torch.flatten(counts))
          """);

  ConfusionMetric(String name) {
    super(name, true);
  }

  @Override
  Shape shape(NDArray predictions, NDArray targets) {
    String form = form(predictions, targets);
    Shape shape = predictions.getShape();
    long classes = form.equals("logits") ? 2 : shape.get(shape.dimension() - 1);
    if (form.equals("labels")) {
      return new Shape(3 * classes); // right, predicted, targets
    }
    return new Shape(classes * classes + 1); // the last one is of places left out
  }

  @Override
  void add(NDArray sums, NDArray predictions, NDArray targets) {
    SCRIPT.run(form(predictions, targets), sums, predictions, targets);
  }

  private String form(NDArray predictions, NDArray targets) {
    return Classes.of(name(), predictions, targets, labels()).function();
  }

  @Override
  final double value(double[] sums) {
    if (sums.length % 3 == 0) { // of labels: C² + 1 never is, and a rank may have seen no row
      int third = sums.length / 3;
      return value(
          Arrays.copyOf(sums, third),
          Arrays.copyOfRange(sums, third, 2 * third),
          Arrays.copyOfRange(sums, 2 * third, sums.length));
    }
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

  /// {@return the number that labels make, each with how often it was told rightly, told, and
  /// there}
  double value(double[] right, double[] predicted, double[] targeted) {
    throw Classes.noLabels(name());
  }

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
