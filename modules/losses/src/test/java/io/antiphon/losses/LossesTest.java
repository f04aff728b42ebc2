package io.antiphon.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.antiphon.core.LossFunction;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossesTest {
  private static final int SAMPLES = 5;
  private static final int CLASSES = 4;

  private NDManager manager;
  private Autograd.Mode mode;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
    mode = Autograd.on();
  }

  @AfterEach
  void close() {
    mode.close();
    manager.close();
  }

  /// A loss, its targets and its formula for one sample.
  static List<Arguments> losses() {
    double s = 0.1;
    return List.of(
        Arguments.of(new CrossEntropy(), indices(), formulaOfIndices(0)),
        Arguments.of(new CrossEntropy(new CrossEntropy.Options(s)), indices(), formulaOfIndices(s)),
        Arguments.of(new CrossEntropy(), matrix(2, true), formulaOfProbabilities()),
        Arguments.of(new BinaryCrossEntropy(), matrix(2, true), formulaOfBce()),
        Arguments.of(new Mse(), matrix(3, false), elementwise((x, y) -> (x - y) * (x - y))),
        Arguments.of(new L1(), matrix(3, false), elementwise((x, y) -> Math.abs(x - y))));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void valuesAreThoseOfTheFormulaAndGradientsThoseOfTheirDifferences(
      LossFunction loss, double[][] targets, BiFunction<double[], double[], Double> formula) {
    double[][] logits = matrix(1, false);
    NDList x = new NDList(array(logits));
    NDList y = new NDList(array(targets));
    double mean = 0;
    double[] perSample = loss.perSample(x, y).toDoubleArray();
    assertThat(loss.hasPerSample()).isTrue();
    assertThat(perSample).hasSize(SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
      double expected = formula.apply(logits[i], targets[i]);
      assertThat(perSample[i]).isCloseTo(expected, within(1e-9));
      mean += expected / SAMPLES;
    }
    assertThat(loss.loss(x, y).getShape()).isEqualTo(new Shape());
    assertThat(loss.loss(x, y).getDouble()).isCloseTo(mean, within(1e-9));

    int[] partners = {2, 0, 4, 1, 3};
    float[] shares = {0.75f, 0.5f, 1, 0.625f, 0.875f};
    double mixed = 0;
    for (int i = 0; i < SAMPLES; i++) {
      mixed += shares[i] * formula.apply(logits[i], targets[i]) / SAMPLES;
      mixed += (1 - shares[i]) * formula.apply(logits[i], targets[partners[i]]) / SAMPLES;
    }
    assertThat(mixed(loss, x, y, partners, shares)).isCloseTo(mixed, within(1e-9));

    x.head().setRequiresGradient(true);
    Autograd.backward(loss.loss(x, y), false);
    double[] gradient = x.head().getGradient().toDoubleArray();
    for (int i = 0; i < SAMPLES * CLASSES; i++) {
      double step = 1e-5;
      double slope =
          (shifted(loss, logits, y, i, step) - shifted(loss, logits, y, i, -step)) / (2 * step);
      assertThat(gradient[i]).isCloseTo(slope, within(1e-7));
    }
  }

  private double mixed(LossFunction loss, NDList x, NDList y, int[] partners, float[] shares) {
    var weights = new float[2 * shares.length];
    for (int i = 0; i < shares.length; i++) {
      weights[2 * i] = shares[i];
      weights[2 * i + 1] = 1 - shares[i];
    }
    NDArray both = manager.create(weights, new Shape(shares.length, 2));
    return loss.mixed(x, y, manager.create(partners), both)
        .toType(DataType.FLOAT64, false)
        .getDouble();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void placesOfASampleAreMixedWithThoseOfItsPartnerAndTheMeanIsOverThoseNotLeftOut(
      double smoothing) {
    var loss = new CrossEntropy(new CrossEntropy.Options(smoothing));
    double[] logits = new Random(3).doubles(2 * 3 * CLASSES, -2, 2).toArray();
    NDList x = new NDList(manager.create(logits, new Shape(2, 3, CLASSES)));
    NDList y = new NDList(manager.create(new int[] {0, -100, 2, 3, 1, -100}, new Shape(2, 3)));
    NDList others = new NDList(y.head().get(manager.create(new int[] {1, 0})));
    double[] own = loss.perSample(x, y).toDoubleArray();
    double[] other = loss.perSample(x, others).toDoubleArray();
    double sum = 3 * (0.75 * own[0] + 0.25 * other[0] + 0.5 * own[1] + 0.5 * other[1]);
    double expected = sum / (2 * 0.75 + 2 * 0.25 + 2 * 0.5 + 2 * 0.5); // two places of each count
    assertThat(mixed(loss, x, y, new int[] {1, 0}, new float[] {0.75f, 0.5f}))
        .isCloseTo(expected, within(1e-12));
    assertThat(mixed(loss, x, y, new int[] {1, 0}, new float[] {1, 1}))
        .isCloseTo(loss.loss(x, y).getDouble(), within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void aCrossEntropyAndWhatItCountsAreTheSameAtOnce(double smoothing) {
    var loss = new CrossEntropy(new CrossEntropy.Options(smoothing));
    var random = new Random(5);
    float[] logits = new float[2 * 3 * CLASSES];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      NDArray x = manager.create(logits, new Shape(2, 3, CLASSES)).toType(type, true);
      NDArray classes = manager.create(new long[] {0, -100, 2, 3, 1, -100}, new Shape(2, 3));
      NDArray shares = manager.ones(x.getShape(), type).div(CLASSES);
      for (NDArray y : List.of(classes, shares)) {
        LossFunction.Counted both = loss.lossAndCounted(new NDList(x), new NDList(y));
        assertThat(both.loss()).isEqualTo(loss.loss(new NDList(x), new NDList(y)));
        assertThat(both.places().map(places -> places.toType(DataType.INT64, false)))
            .isEqualTo(loss.counted(new NDList(x), new NDList(y)));
      }
    }
  }

  @Test
  void aClassThatIsRuledOutByALogitOfMinusInfinityLeavesTheMixedLossOfOthersFinite() {
    float[] logits = {1, 2, Float.NEGATIVE_INFINITY, 2, 0, Float.NEGATIVE_INFINITY};
    NDList x = new NDList(manager.create(logits, new Shape(2, 3)));
    NDList y = new NDList(manager.create(new long[] {0, 1}));
    var loss = new CrossEntropy();
    double mean = loss.loss(x, y).getFloat();
    assertThat(mixed(loss, x, y, new int[] {0, 1}, new float[] {0.75f, 0.5f}))
        .isFinite()
        .isCloseTo(mean, within(1e-6));
    // padding that no place may predict
    NDList padded = new NDList(manager.create(new long[] {0, -100}));
    for (double smoothing : new double[] {0, 0.1}) {
      float[] first = {1, 2, 1, Float.NEGATIVE_INFINITY, 0, Float.NaN};
      NDList odd = new NDList(manager.create(first, new Shape(2, 3)));
      var smoothed = new CrossEntropy(new CrossEntropy.Options(smoothing));
      assertThat(mixed(smoothed, odd, padded, new int[] {0, 1}, new float[] {0.75f, 0.5f}))
          .isCloseTo(smoothed.loss(odd, padded).getFloat(), within(1e-6));
    }
  }

  @Test
  void valuesPerSampleOfAnotherShapeThanTheBatchAreRefused() {
    var columns =
        new LossFunction() {
          @Override
          public NDArray loss(NDList predictions, NDList targets) {
            return perSample(predictions, targets).mean();
          }

          @Override
          public NDArray perSample(NDList predictions, NDList targets) {
            return predictions.head().sub(targets.head()).square().mean(new int[] {1}, true);
          }

          @Override
          public String toString() {
            return "columns";
          }
        };
    NDList x = new NDList(array(matrix(1, false)));
    NDList y = new NDList(array(matrix(2, false)));
    assertThatThrownBy(() -> mixed(columns, x, y, new int[SAMPLES], new float[SAMPLES]))
        .hasMessage(
            "loss 'columns' gives values per sample of shape (5, 1); it must be [B], one for each sample");
  }

  @Test
  void mixingLeavesNoArraysWithTheTargets() {
    try (NDManager own = manager.newSubManager()) {
      NDArray y = array(matrix(2, false)).duplicate();
      y.attach(own);
      mixed(
          new Mse(),
          new NDList(array(matrix(1, false))),
          new NDList(y),
          new int[SAMPLES],
          new float[SAMPLES]);
      assertThat(own.getManagedArrays()).hasSize(1);
    }
  }

  private double shifted(LossFunction loss, double[][] logits, NDList y, int i, double step) {
    double former = logits[i / CLASSES][i % CLASSES];
    logits[i / CLASSES][i % CLASSES] = former + step;
    double value = loss.loss(new NDList(array(logits)), y).getDouble();
    logits[i / CLASSES][i % CLASSES] = former;
    return value;
  }

  @Test
  void classIndicesMayHaveAnyNumericTypeAndAnAxisOfOne() {
    NDList x = new NDList(array(matrix(1, false)));
    NDArray y = manager.create(new long[] {0, 3, 1, 2, 0});
    double expected = new CrossEntropy().loss(x, new NDList(y)).getDouble();
    for (DataType type :
        List.of(DataType.FLOAT32, DataType.FLOAT64, DataType.INT32, DataType.UINT8)) {
      assertThat(new CrossEntropy().loss(x, new NDList(y.toType(type, true))).getDouble())
          .isEqualTo(expected);
    }
    assertThat(new CrossEntropy().loss(x, new NDList(y.expandDims(1))).getDouble())
        .isEqualTo(expected);
  }

  @Test
  void sequencesHaveTheirClassesLastAndCountEveryPlace() {
    NDArray x = array(matrix(1, false)).tile(new long[] {2, 3}).reshape(10, 3, 4);
    NDArray y = manager.randomInteger(0, CLASSES, new Shape(10, 3), DataType.INT64);
    double flat =
        new CrossEntropy()
            .loss(new NDList(x.reshape(30, 4)), new NDList(y.reshape(30)))
            .getDouble();
    assertThat(new CrossEntropy().loss(new NDList(x), new NDList(y)).getDouble()).isEqualTo(flat);
    NDArray each = new CrossEntropy().perSample(new NDList(x), new NDList(y));
    assertThat(each.getShape()).isEqualTo(new Shape(10));
    assertThat(each.mean().getDouble()).isCloseTo(flat, within(1e-12));
  }

  @Test
  void aPredictionPerSampleMayLackItsAxis() {
    NDArray x = manager.create(new float[] {1, 2, 3});
    NDArray y = manager.create(new float[] {1, 0, 1});
    for (LossFunction loss : List.of(new Mse(), new L1(), new BinaryCrossEntropy())) {
      float expected = loss.loss(new NDList(x), new NDList(y)).getFloat();
      assertThat(loss.loss(new NDList(x.expandDims(1)), new NDList(y)).getFloat())
          .isEqualTo(expected);
      assertThat(loss.loss(new NDList(x), new NDList(y.expandDims(1))).getFloat())
          .isEqualTo(expected);
    }
  }

  @Test
  void aWeightOfZeroTakesNothingFromALossWithoutEnd() {
    float[] logits = {1, 2, 0, Float.NEGATIVE_INFINITY, 1, 0};
    NDList y = new NDList(manager.create(new long[] {0, 1}));
    var plain =
        new LossFunction() {
          @Override
          public NDArray loss(NDList predictions, NDList targets) {
            return new CrossEntropy().loss(predictions, targets);
          }

          @Override
          public NDArray perSample(NDList predictions, NDList targets) {
            return new CrossEntropy().perSample(predictions, targets);
          }
        };
    for (LossFunction loss : List.of(new CrossEntropy(), plain)) {
      NDArray array = manager.create(logits, new Shape(2, 3));
      array.setRequiresGradient(true);
      NDList x = new NDList(array);
      try (var _ = Autograd.on()) {
        NDArray both = manager.create(new float[] {1, 0, 1, 0}, new Shape(2, 2));
        NDArray mixed = loss.mixed(x, y, manager.create(new int[] {1, 0}), both);
        assertThat(mixed.getFloat()).isCloseTo(loss.loss(x, y).getFloat(), within(1e-6f));
        Autograd.backward(mixed, false);
      }
      for (float gradient : array.getGradient().toFloatArray()) {
        assertThat(gradient).isFinite();
      }
    }
  }

  @Test
  void whatDoesNotFitIsASentence() {
    NDList x = new NDList(manager.zeros(new Shape(5, 4)));
    assertThatThrownBy(() ->
            new CrossEntropy().loss(x, new NDList(manager.create(new long[] {0, 1, 2, 3, 4}))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a target is no class index in [0, 4)");
    for (long wrong : new long[] {4, -1}) {
      NDList y = new NDList(manager.create(new long[] {0, 1, wrong, 3, -100}));
      assertThatThrownBy(
              () -> mixed(new CrossEntropy(), x, y, new int[] {4, 3, 2, 1, 0}, new float[5]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("a target is no class index in [0, 4)");
    }
    assertThatThrownBy(() -> new CrossEntropy().loss(x, new NDList(manager.zeros(new Shape(4)))))
        .hasMessage(
            "targets of shape (4) do not fit logits of shape (5, 4); give class indices (5) or"
                + " probabilities (5, 4)");
    assertThatThrownBy(() ->
            new CrossEntropy()
                .loss(
                    new NDList(manager.zeros(new Shape(2, 4, 7))),
                    new NDList(manager.zeros(new Shape(2, 7)))))
        .hasMessage(
            "targets of shape (2, 7) do not fit logits of shape (2, 4, 7): classes are the last axis"
                + " here, not the second as in PyTorch; let the model give (2, 7, 4), by transpose or"
                + " moveAxis");
    assertThatThrownBy(() -> new Mse().loss(x, new NDList(manager.zeros(new Shape(5)))))
        .hasMessage(
            "mse compares each prediction with its target, but the predictions have shape (5, 4)"
                + " and the targets (5); reshape one of them");
    assertThatThrownBy(() -> new CrossEntropy.Options(1))
        .hasMessage("label-smoothing is 1; it must be in [0, 1)");
  }

  @Test
  void halfPrecisionPredictionsGiveAFullPrecisionLoss() {
    NDList x = new NDList(array(matrix(1, false)).toType(DataType.FLOAT32, true));
    NDList y = new NDList(manager.create(new long[] {0, 3, 1, 2, 0}));
    float full = new CrossEntropy().loss(x, y).getFloat();
    // libtorch's numbers of float16 and bfloat16
    try (TorchScript script =
        TorchScript.compile(
            "def to(x: Tensor, type: int) -> Tensor:\n  return torch.to(x, type)")) {
      for (int type : new int[] {5, 15}) {
        NDList half = script.call(manager, "to", x.head(), type);
        NDArray loss = new CrossEntropy().loss(half, y);
        assertThat(loss.getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(loss.getFloat()).isCloseTo(full, within(0.02f)).isNotEqualTo(full);
        assertThat(new Mse().loss(half, x).getFloat()).isLessThan(1e-4f);
      }
      NDList brain = script.call(manager, "to", x.head(), 15);
      assertThatThrownBy(() -> new DjlLoss(Loss.l2Loss()).loss(brain, x))
          .hasMessageContaining("does not take bfloat16 predictions");
    }
  }

  @Test
  void aLossOfDjlIsALossFunction() {
    NDList x = new NDList(manager.create(new float[] {1, 2, 4}));
    NDList y = new NDList(manager.create(new float[] {1, 0, 1}));
    assertThat(new DjlLoss(Loss.l1Loss()).loss(x, y).getFloat()).isCloseTo(5 / 3f, within(1e-6f));
    assertThat(new DjlLoss(Loss.l1Loss()).hasPerSample()).isFalse();
  }

  @Test
  void arraysBelongToThePredictions() {
    NDArray y = manager.create(new long[] {0, 3, 1, 2, 0});
    int before = manager.getManagedArrays().size();
    for (LossFunction loss : List.of(new CrossEntropy(), new Mse())) {
      try (NDManager batch = manager.newSubManager()) {
        NDArray x = batch.randomNormal(loss.hasIntegerTargets() ? new Shape(5, 4) : new Shape(5));
        assertThat(loss.loss(new NDList(x), new NDList(y)).getManager()).isSameAs(batch);
        loss.perSample(new NDList(x), new NDList(y));
      }
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  private NDArray array(double[][] values) {
    var flat = new double[values.length * values[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = values[i / values[0].length][i % values[0].length];
    }
    return manager.create(flat, new Shape(values.length, values[0].length));
  }

  private static double[][] matrix(long seed, boolean probabilities) {
    var random = new Random(seed);
    var values = new double[SAMPLES][CLASSES];
    for (double[] row : values) {
      double sum = 0;
      for (int j = 0; j < CLASSES; j++) {
        row[j] = probabilities ? random.nextDouble() : random.nextGaussian() * 2;
        sum += row[j];
      }
      for (int j = 0; probabilities && j < CLASSES; j++) {
        row[j] /= sum;
      }
    }
    return values;
  }

  private static double[][] indices() {
    return new double[][] {{0}, {3}, {1}, {2}, {0}};
  }

  private static BiFunction<double[], double[], Double> formulaOfIndices(double smoothing) {
    return (x, y) -> {
      var target = new double[CLASSES];
      java.util.Arrays.fill(target, smoothing / CLASSES);
      target[(int) y[0]] += 1 - smoothing;
      return formulaOfProbabilities().apply(x, target);
    };
  }

  private static BiFunction<double[], double[], Double> formulaOfProbabilities() {
    return (x, y) -> {
      double sum = 0;
      for (double each : x) {
        sum += Math.exp(each);
      }
      double loss = 0;
      for (int i = 0; i < x.length; i++) {
        loss -= y[i] * (x[i] - Math.log(sum));
      }
      return loss;
    };
  }

  private static BiFunction<double[], double[], Double> formulaOfBce() {
    return elementwise((x, y) -> {
      double p = 1 / (1 + Math.exp(-x));
      return -y * Math.log(p) - (1 - y) * Math.log(1 - p);
    });
  }

  private static BiFunction<double[], double[], Double> elementwise(
      BiFunction<Double, Double, Double> formula) {
    return (x, y) -> {
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        sum += formula.apply(x[i], y[i]);
      }
      return sum / x.length;
    };
  }

  @Test
  void anyLossOfDjlHasItsNameAndOthersAreRefusedWithASentence() {
    assertThat(new DjlLoss.Options("HingeLoss").create()).hasToString("HingeLoss");
    assertThat(new DjlLoss.Options("ai.djl.training.loss.L2Loss").create()).hasToString("L2Loss");
    assertThatThrownBy(() -> new DjlLoss.Options("Hinge").create())
        .hasMessageStartingWith("there is no class 'ai.djl.training.loss.Hinge'");
    assertThatThrownBy(() -> new DjlLoss.Options("java.lang.Object").create())
        .hasMessageContaining("is no loss of DJL");
    assertThatThrownBy(() -> new DjlLoss.Options("SingleShotDetectionLoss$1").create())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
