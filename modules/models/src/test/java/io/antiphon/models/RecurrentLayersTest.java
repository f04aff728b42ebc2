package io.antiphon.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.antiphon.models.RecurrentLayers.Cell;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecurrentLayersTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private RecurrentLayers layers(Cell cell, DataType type, int layers) {
    var block = new RecurrentLayers(cell, 3, layers, 0);
    new RandomStream(1, "test").seedTorch(0, 0);
    block.initialize(manager, type, new Shape(2, 4, 5));
    return block;
  }

  private NDArray forward(RecurrentLayers block, NDArray x, boolean training) {
    return block
        .forward(new ParameterStore(manager, false), new NDList(x), training)
        .singletonOrThrow();
  }

  private static double[] product(double[] rows, double[] x, double[] bias) {
    var result = new double[bias.length];
    for (int r = 0; r < result.length; r++) {
      result[r] = bias[r];
      for (int c = 0; c < x.length; c++) {
        result[r] += rows[r * x.length + c] * x[c];
      }
    }
    return result;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// PyTorch's formulas, one sample, one layer: `[T, C]` to `[T, H]`.
  private static double[][] expected(Cell cell, double[][] weights, double[][] xs) {
    int size = 3;
    var h = new double[size];
    var c = new double[size];
    var all = new double[xs.length][];
    for (int t = 0; t < xs.length; t++) {
      double[] in = product(weights[0], xs[t], weights[2]);
      double[] of = product(weights[1], h, weights[3]);
      var next = new double[size];
      for (int i = 0; i < size; i++) {
        if (cell == Cell.GRU) {
          double r = sigmoid(in[i] + of[i]);
          double z = sigmoid(in[size + i] + of[size + i]);
          double n = Math.tanh(in[2 * size + i] + r * of[2 * size + i]);
          next[i] = (1 - z) * n + z * h[i];
        } else {
          double input = sigmoid(in[i] + of[i]);
          double forget = sigmoid(in[size + i] + of[size + i]);
          double g = Math.tanh(in[2 * size + i] + of[2 * size + i]);
          double output = sigmoid(in[3 * size + i] + of[3 * size + i]);
          c[i] = forget * c[i] + input * g;
          next[i] = output * Math.tanh(c[i]);
        }
      }
      h = next;
      all[t] = next;
    }
    return all;
  }

  @Test
  void valuesAreThoseOfTheFormulas() {
    for (Cell cell : Cell.values()) {
      for (DataType type : new DataType[] {DataType.FLOAT64, DataType.FLOAT32}) {
        RecurrentLayers block = layers(cell, type, 1);
        NDArray x = manager.randomNormal(0, 1, new Shape(1, 4, 5), DataType.FLOAT64);
        var weights = new double[4][];
        for (int i = 0; i < 4; i++) {
          weights[i] =
              block
                  .getParameters()
                  .valueAt(i)
                  .getArray()
                  .toType(DataType.FLOAT64, true)
                  .toDoubleArray();
          for (double each : weights[i]) {
            assertThat(Math.abs(each)).isLessThanOrEqualTo(1 / Math.sqrt(3) + 1e-7);
          }
        }
        var xs = new double[4][];
        for (int t = 0; t < 4; t++) {
          xs[t] = x.get("0, " + t).toDoubleArray();
        }
        double[][] expected = expected(cell, weights, xs);
        for (boolean recorded : new boolean[] {false, true}) {
          block.reset();
          try (var _ = recorded ? Autograd.on() : Autograd.off()) {
            NDArray y = forward(block, x.toType(type, true), recorded);
            for (int t = 0; t < 4; t++) {
              assertThat(y.get("0, " + t).toType(DataType.FLOAT64, true).toDoubleArray())
                  .as("%s %s".formatted(cell, type))
                  .containsExactly(expected[t], within(type == DataType.FLOAT64 ? 1e-12 : 1e-5));
            }
          }
        }
      }
    }
  }

  @Test
  void aSequenceInTwoBatchesGivesWhatItGivesInOne() {
    for (Cell cell : Cell.values()) {
      RecurrentLayers block = layers(cell, DataType.FLOAT64, 2);
      NDArray x = manager.randomNormal(0, 1, new Shape(2, 6, 5), DataType.FLOAT64);
      double[] whole = forward(block, x, false).get(":, 3:").toDoubleArray();
      double[] fresh =
          forward(layers(cell, DataType.FLOAT64, 2), x.get(":, 3:"), false).toDoubleArray();
      block.reset();
      forward(block, x.get(":, :3"), false);
      assertThat(block.state(manager)).hasSize(cell == Cell.GRU ? 1 : 2);
      assertThat(forward(block, x.get(":, 3:"), false).toDoubleArray())
          .containsExactly(whole, within(1e-12));
      ModelResetter.reset(block);
      assertThat(block.state(manager)).isEmpty();
      assertThat(forward(block, x.get(":, 3:"), false).toDoubleArray())
          .containsExactly(fresh, within(1e-12));
      // another number of samples, or training: from zeros
      forward(block, x, false);
      assertThat(forward(block, x.get("0:1, 3:"), false).toDoubleArray())
          .containsExactly(java.util.Arrays.copyOf(fresh, 9), within(1e-12));
      block.reset();
      forward(block, x, false);
      assertThat(forward(block, x.get(":, 3:"), true).toDoubleArray())
          .containsExactly(fresh, within(1e-12));
    }
  }

  @Test
  void gradientsEndWhereTheBatchBegins() {
    RecurrentLayers block = layers(Cell.GRU, DataType.FLOAT32, 1);
    try (var _ = Autograd.on()) {
      NDArray first = manager.randomNormal(new Shape(2, 3, 5));
      first.setRequiresGradient(true);
      NDArray second = manager.randomNormal(new Shape(2, 3, 5));
      second.setRequiresGradient(true);
      forward(block, first, true);
      Autograd.backward(forward(block, second, true).sum(), false);
      assertThat(second.getGradient().abs().sum().getFloat()).isPositive();
      assertThat(first.getGradient().abs().sum().getFloat()).isZero();
    }
  }

  @Test
  void whatIsRememberedCanBeGivenToAnother() {
    RecurrentLayers block = layers(Cell.LSTM, DataType.FLOAT32, 2);
    RecurrentLayers other = layers(Cell.LSTM, DataType.FLOAT32, 2);
    NDArray x = manager.randomNormal(new Shape(2, 3, 5));
    forward(block, x, true);
    other.restore(block.state(manager));
    assertThat(forward(other, x, true).toFloatArray())
        .isEqualTo(forward(block, x, true).toFloatArray());
  }

  @Test
  void theResetterKeepsTheContractOfAllCallbacks() {
    CallbackContract.of(ModelResetter::new).verify();
  }
}
