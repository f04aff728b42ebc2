package io.antiphon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Scores against the worked examples of scikit-learn's and SciPy's documentation, and against
/// their definitions.
class ScoresTest {
  private static final Offset<Double> EXACT = within(1e-12);
  private static final Offset<Double> FLOAT = within(1e-6);
  private static final int[] SIX_TARGETS = {0, 1, 2, 0, 1, 2};
  private static final int[] SIX_PREDICTED = {0, 2, 1, 0, 0, 1};

  /// Scores predicted classes, in batches of two and one.
  private static double ofClasses(Metric metric, int classes, int[] targets, int[] predicted) {
    List<float[]> rows = new ArrayList<>();
    List<float[]> own = new ArrayList<>();
    for (int i = 0; i < targets.length; i++) {
      var logits = new float[classes];
      logits[predicted[i]] = 3;
      rows.add(logits);
      own.add(new float[] {targets[i]});
    }
    return value(metric, Feed.of(rows, own, new Shape(classes), new Shape(), DataType.INT64, 4));
  }

  private static double ofNumbers(Metric metric, double[][] targets, double[][] predicted) {
    int outputs = targets[0].length;
    return value(
        metric,
        Feed.of(
            floats(predicted),
            floats(targets),
            new Shape(outputs),
            new Shape(outputs),
            DataType.FLOAT32,
            2));
  }

  private static double ofNumbers(Metric metric, double[] targets, double[] predicted) {
    return ofNumbers(metric, column(targets), column(predicted));
  }

  private static double[][] column(double[] values) {
    var rows = new double[values.length][];
    for (int i = 0; i < values.length; i++) {
      rows[i] = new double[] {values[i]};
    }
    return rows;
  }

  private static List<float[]> floats(double[][] rows) {
    List<float[]> all = new ArrayList<>();
    for (double[] row : rows) {
      var floats = new float[row.length];
      for (int i = 0; i < row.length; i++) {
        floats[i] = (float) row[i];
      }
      all.add(floats);
    }
    return all;
  }

  private static double value(Metric metric, DataLoader feed) {
    assertThat(metric.value()).isNaN();
    Map<String, Double> metrics = MetricsTest.scores(feed, metric).metrics();
    assertThat(metrics).containsOnlyKeys(metric.name());
    return metrics.get(metric.name());
  }

  @Test
  void precisionRecallAndF1AreScikitLearns() {
    check(ClassScore.precision(Average.MACRO), 2.0 / 9);
    check(ClassScore.precision(Average.AUTO), 2.0 / 9);
    check(ClassScore.precision(Average.MICRO), 1.0 / 3);
    check(ClassScore.precision(Average.WEIGHTED), 2.0 / 9);
    check(ClassScore.recall(Average.MACRO), 1.0 / 3);
    check(ClassScore.recall(Average.MICRO), 1.0 / 3);
    check(ClassScore.fBeta(1, Average.MACRO), 0.8 / 3);
    check(ClassScore.fBeta(1, Average.MICRO), 1.0 / 3);
    check(ClassScore.fBeta(0.5, Average.MACRO), 5.0 / 21);
    assertThat(ClassScore.fBeta(0.5, Average.MACRO).name()).isEqualTo("f0.5");
    assertThat(ClassScore.fBeta(2, Average.MACRO).name()).isEqualTo("f2");
  }

  private static void check(Metric metric, double expected) {
    assertThat(ofClasses(metric, 3, SIX_TARGETS, SIX_PREDICTED)).isCloseTo(expected, EXACT);
  }

  @Test
  void ofTwoClassesTheSecondIsScored() {
    int[] targets = {1, 1, 1, 0, 0};
    int[] predicted = {1, 0, 1, 1, 0};
    assertThat(ofClasses(ClassScore.precision(Average.AUTO), 2, targets, predicted))
        .isCloseTo(2.0 / 3, EXACT);
    assertThat(ofClasses(ClassScore.jaccard(Average.AUTO), 2, targets, predicted))
        .isCloseTo(0.5, EXACT);
  }

  @Test
  void classesThatNeverOccurDoNotCount() {
    int[] targets = {0, 1, 2, 2};
    int[] predicted = {0, 2, 1, 2};
    assertThat(ofClasses(ClassScore.jaccard(Average.MACRO), 9, targets, predicted))
        .isCloseTo((1 + 0 + 1.0 / 3) / 3, EXACT);
    Metric dice = new ClassScore.Dice(Average.MACRO).create();
    assertThat(ofClasses(dice, 9, targets, predicted)).isCloseTo((1 + 0 + 0.5) / 3, EXACT);
  }

  @Test
  void balancedAccuracyKappaAndMatthewsAreScikitLearns() {
    assertThat(
            ofClasses(
                Agreement.balancedAccuracy(),
                2,
                new int[] {0, 1, 0, 0, 1, 0},
                new int[] {0, 1, 0, 0, 0, 1}))
        .isCloseTo(0.625, EXACT);
    assertThat(
            ofClasses(
                Agreement.cohenKappa(Agreement.Weights.NONE),
                3,
                new int[] {0, 2, 0, 1, 2},
                new int[] {0, 2, 0, 1, 0}))
        .isCloseTo(0.6875, EXACT);
    assertThat(ofClasses(Agreement.matthews(), 2, new int[] {1, 1, 1, 0}, new int[] {1, 0, 1, 1}))
        .isCloseTo(-1.0 / 3, EXACT);
    assertThat(ofClasses(Agreement.matthews(), 2, new int[] {1, 0}, new int[] {1, 1})).isZero();
  }

  @Test
  void distancesMayCountInKappa() {
    int[] targets = {0, 1, 2, 3};
    int[] near = {0, 1, 2, 2};
    int[] far = {0, 1, 2, 0};
    for (var weights : List.of(Agreement.Weights.LINEAR, Agreement.Weights.QUADRATIC)) {
      assertThat(ofClasses(Agreement.cohenKappa(weights), 4, targets, near))
          .isGreaterThan(ofClasses(Agreement.cohenKappa(weights), 4, targets, far));
    }
    // seen 1, expected (8 + 6 + 0 + ...) / 4 by hand: rows of 1, columns 1, 1, 2, 0
    double expected = (0 + 1 + 2 * 4 + 1 + 0 + 2 * 1 + 4 + 1 + 0 + 9 + 4 + 2 * 1) / 4.0;
    assertThat(ofClasses(Agreement.cohenKappa(Agreement.Weights.QUADRATIC), 4, targets, near))
        .isCloseTo(1 - 1 / expected, EXACT);
  }

  @Test
  void placesLeftOutCountNowhere() {
    int[] targets = {0, -100, 1, -100, 1};
    int[] predicted = {0, 0, 1, 1, 0};
    assertThat(ofClasses(ClassScore.precision(Average.MICRO), 2, targets, predicted))
        .isCloseTo(2.0 / 3, EXACT);
    assertThat(ofClasses(RankScore.rocAuc(), 2, targets, predicted)).isCloseTo(0.75, EXACT);
    double perPlace = 1 / (1 + Math.exp(3));
    double right = 2 * perPlace * perPlace;
    double wrong = 2 * (1 - perPlace) * (1 - perPlace);
    assertThat(ofClasses(Calibration.brier(), 2, targets, predicted))
        .isCloseTo((2 * right + wrong) / 3, EXACT);
    assertThat(ofClasses(Calibration.error(10), 2, targets, predicted))
        .isCloseTo(1 - perPlace - 2.0 / 3, EXACT);
  }

  @Test
  void rankScoresAreScikitLearns() {
    double[] targets = {0, 0, 1, 1};
    double[] scores = {0.1, 0.4, 0.35, 0.8};
    assertThat(ofNumbers(RankScore.rocAuc(), targets, scores)).isCloseTo(0.75, EXACT);
    assertThat(ofNumbers(RankScore.averagePrecision(), targets, scores))
        .isCloseTo(0.5 + 0.5 * 2 / 3, EXACT);
  }

  @Test
  void rankScoresAreThoseOfTheirDefinitionsTiesIncluded() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var targets = new double[60];
    var scores = new double[60];
    for (int i = 0; i < 60; i++) {
      targets[i] = random.nextInt(2);
      scores[i] = random.nextInt(9);
    }
    double pairs = 0;
    double above = 0;
    double precision = 0;
    double members = 0;
    for (int i = 0; i < 60; i++) {
      if (targets[i] == 0) {
        continue;
      }
      members++;
      double found = 0;
      double passed = 0;
      for (int j = 0; j < 60; j++) {
        if (targets[j] == 0) {
          pairs++;
          above += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
        found += scores[j] >= scores[i] && targets[j] == 1 ? 1 : 0;
        passed += scores[j] >= scores[i] ? 1 : 0;
      }
      precision += found / passed;
    }
    assertThat(ofNumbers(RankScore.rocAuc(), targets, scores))
        .as("seed %d", seed)
        .isCloseTo(above / pairs, EXACT);
    assertThat(ofNumbers(RankScore.averagePrecision(), targets, scores))
        .as("seed %d", seed)
        .isCloseTo(precision / members, EXACT);
  }

  @Test
  void ofSeveralClassesEachIsRankedAgainstTheRest() {
    int[] targets = {0, 1, 2, 0};
    assertThat(ofClasses(RankScore.rocAuc(), 4, targets, targets)).isCloseTo(1, EXACT);
    assertThat(ofClasses(RankScore.rocAuc(), 4, targets, new int[] {3, 3, 3, 3}))
        .isCloseTo(0.5, EXACT);
  }

  @Test
  void oneClassAloneHasNoRanks() {
    assertThat(ofNumbers(RankScore.rocAuc(), new double[] {1, 1}, new double[] {0, 1})).isNaN();
  }

  @Test
  void aScoreThatIsNoNumberMakesNone() {
    double[] scores = {0.5, Double.NaN, 1, 0};
    assertThat(ofNumbers(RankScore.rocAuc(), new double[] {1, 0, 1, 0}, scores)).isNaN();
  }

  @Test
  void zeroHasNoSignAmongRanks() {
    assertThat(ofNumbers(RankScore.rocAuc(), new double[] {1, 0}, new double[] {-0.0, 0.0}))
        .isEqualTo(0.5);
  }

  @Test
  void brierIsScikitLearns() {
    double[] probabilities = {0.1, 0.9, 0.8, 0.3};
    var logits = new double[4];
    for (int i = 0; i < 4; i++) {
      logits[i] = Math.log(probabilities[i] / (1 - probabilities[i]));
    }
    assertThat(ofNumbers(Calibration.brier(), new double[] {0, 1, 1, 0}, logits))
        .isCloseTo(0.0375, FLOAT);
  }

  @Test
  void calibrationErrorIsTheDistanceOfConfidenceAndAccuracy() {
    double[] confident = {Math.log(9), Math.log(9), -Math.log(9), Math.log(1.5)};
    // 0.9 three times, right twice; 0.6 once, wrong
    assertThat(ofNumbers(Calibration.error(10), new double[] {1, 0, 0, 0}, confident))
        .isCloseTo((3 * Math.abs(0.9 - 2.0 / 3) + 0.6) / 4, FLOAT);
  }

  @Test
  void scoresOfNumbersAreScikitLearns() {
    double[] targets = {3, -0.5, 2, 7};
    double[] predicted = {2.5, 0, 2, 8};
    assertThat(ofNumbers(Regression.r2(), targets, predicted)).isCloseTo(1 - 1.5 / 29.1875, EXACT);
    assertThat(ofNumbers(Regression.explainedVariance(), targets, predicted))
        .isCloseTo(1 - (1.5 - 4 * 0.25 * 0.25) / 29.1875, EXACT);
    assertThat(ofNumbers(Regression.rmse(), targets, predicted)).isCloseTo(Math.sqrt(0.375), EXACT);
    double[][] several = {{0.5, 1}, {-1, 1}, {7, -6}};
    double[][] off = {{0, 2}, {-1, 2}, {8, -5}};
    assertThat(ofNumbers(Regression.r2(), several, off)).isCloseTo(0.936800526662277, EXACT);
    assertThat(ofNumbers(Regression.explainedVariance(), several, off))
        .isCloseTo((0.967741935483871 + 1) / 2, EXACT);
    assertThat(
            ofNumbers(
                MeanError.squaredLogarithmic(),
                new double[] {3, 5, 2.5, 7},
                new double[] {2.5, 5, 4, 8}))
        .isCloseTo(0.039730122, FLOAT);
  }

  @Test
  void targetsThatNeverVaryAreMetOrNot() {
    double[] same = {2, 2, 2};
    assertThat(ofNumbers(Regression.r2(), same, same)).isEqualTo(1);
    assertThat(ofNumbers(Regression.r2(), same, new double[] {2, 2, 3})).isZero();
    assertThat(ofNumbers(Regression.pearson(), same, new double[] {2, 2, 3})).isNaN();
  }

  @Test
  void whatNeverVariesNeverDoesHoweverItIsBatched() {
    for (float value : new float[] {1, 0.1f, -1e6f}) {
      List<float[]> same = Collections.nCopies(147, new float[] {value});
      for (int size : new int[] {7, 49, 98, 147}) {
        DataLoader met = Feed.of(same, same, new Shape(1), new Shape(1), DataType.FLOAT32, size);
        assertThat(value(Regression.r2(), met)).isEqualTo(1);
        assertThat(value(Regression.explainedVariance(), met)).isEqualTo(1);
        assertThat(value(Regression.pearson(), met)).isNaN();
      }
    }
  }

  @Test
  void labelsOfWhichNoneIsThereAreScoredAsScikitLearnDoes() {
    double[][] none = {{0, 0, 0}, {0, 0, 0}};
    double[][] told = {{1, -1, -1}, {-1, -1, -1}};
    double[][] silent = {{-1, -1, -1}, {-1, -1, -1}};
    for (Average average : Average.values()) {
      checkLabels(ClassScore.precision(average), told, none, 0, "told wrongly, " + average);
      checkLabels(ClassScore.fBeta(1, average), silent, none, 0, "nothing told, " + average);
    }
  }

  @Test
  void perplexityLeavesPlacesOut() {
    List<float[]> rows = List.of(new float[] {0, 2}, new float[] {1, 0}, new float[] {5, 5});
    List<float[]> own = List.of(new float[] {1}, new float[] {1}, new float[] {-100});
    double mean = (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(1))) / 2;
    assertThat(
            value(
                new Perplexity(), Feed.of(rows, own, new Shape(2), new Shape(), DataType.INT64, 2)))
        .isCloseTo(Math.exp(mean), FLOAT);
  }

  @Test
  void calibrationWithWhatIsNoNumberIsNone() {
    List<float[]> rows = List.of(new float[] {0, 2}, new float[] {Float.NaN, 0});
    List<float[]> own = List.of(new float[] {1}, new float[] {0});
    assertThat(
            value(
                Calibration.error(10),
                Feed.of(rows, own, new Shape(2), new Shape(), DataType.INT64, 2)))
        .isNaN();
  }

  @Test
  void correlationsAreSciPys() {
    double[] x = {12, 2, 1, 12, 2};
    double[] y = {1, 4, 7, 1, 0};
    assertThat(ofNumbers(RankCorrelation.kendall(), x, y)).isCloseTo(-0.47140452079103173, EXACT);
    double[] rising = {1, 2, 3, 4, 5};
    double[] almost = {5, 6, 7, 8, 7};
    assertThat(ofNumbers(RankCorrelation.spearman(), rising, almost))
        .isCloseTo(0.82078268166812329, EXACT);
    assertThat(ofNumbers(Regression.pearson(), rising, almost))
        .isCloseTo(0.83205029433784372, EXACT);
  }

  @Test
  void rankCorrelationsAreThoseOfTheirDefinitionsTiesIncluded() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int size : new int[] {2, 3, 7, 64, 101}) {
      double[] x = random.ints(size, 0, size).asDoubleStream().toArray();
      double[] y = random.ints(size, 0, 5).asDoubleStream().toArray();
      x[0] = -1; // so that both vary
      y[0] = -1;
      double concordant = 0;
      double pairsX = 0;
      double pairsY = 0;
      var ranksX = new double[size];
      var ranksY = new double[size];
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          double signs = Math.signum(x[i] - x[j]) * Math.signum(y[i] - y[j]);
          concordant += signs;
          pairsX += x[i] == x[j] ? 0 : 1;
          pairsY += y[i] == y[j] ? 0 : 1;
          ranksX[i] += (Math.signum(x[i] - x[j]) + 1) / 2;
          ranksY[i] += (Math.signum(y[i] - y[j]) + 1) / 2;
        }
      }
      assertThat(ofNumbers(RankCorrelation.kendall(), x, y))
          .as("seed %d, %d pairs", seed, size)
          .isCloseTo(concordant / Math.sqrt(pairsX * pairsY), EXACT);
      assertThat(ofNumbers(RankCorrelation.spearman(), x, y))
          .as("seed %d, %d pairs", seed, size)
          .isCloseTo(ofNumbers(Regression.pearson(), ranksX, ranksY), EXACT);
    }
  }

  @Test
  void aRankCorrelationWithWhatIsNoNumberIsNone() {
    double[] x = {1, Double.NaN, 3};
    double[] y = {1, 2, 3};
    assertThat(ofNumbers(RankCorrelation.kendall(), x, y)).isNaN();
    assertThat(ofNumbers(RankCorrelation.spearman(), y, x)).isNaN();
  }

  @Test
  void farFromZeroNothingCancels() {
    double[] x = {100_000, 100_001, 100_002, 100_003, 100_004};
    double[] y = {100_005, 100_006, 100_007, 100_008, 100_007};
    assertThat(ofNumbers(Regression.pearson(), x, y)).isCloseTo(0.83205029433784372, EXACT);
  }

  /// Three labels of 41 samples, of which the last one never holds and is never predicted.
  @Test
  void eachOfSeveralLabelsIsScoredByItself() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    int rows = 41;
    var logits = new double[rows][3];
    var targets = new double[rows][3];
    for (int i = 0; i < rows; i++) {
      for (int l = 0; l < 2; l++) {
        logits[i][l] = random.nextInt(7) - 3.5; // with ties
        targets[i][l] = i < 4 ? i % 2 : random.nextInt(2);
      }
      logits[i][2] = -1;
    }
    logits[0][0] = 1; // so that each label is predicted
    logits[0][1] = 1;
    double[] f1 = new double[2];
    double[] areas = new double[2];
    double[] members = new double[2];
    double right = 0;
    double wrong = 0;
    double missed = 0;
    double exact = 0;
    double hits = 0;
    double squares = 0;
    for (int i = 0; i < rows; i++) {
      boolean all = true;
      for (int l = 0; l < 3; l++) {
        boolean same = logits[i][l] > 0 == targets[i][l] > 0.5;
        all &= same;
        hits += same ? 1 : 0;
        double p = 1 / (1 + Math.exp(-logits[i][l]));
        squares += (p - targets[i][l]) * (p - targets[i][l]);
      }
      exact += all ? 1 : 0;
    }
    for (int l = 0; l < 2; l++) {
      double r = 0;
      double w = 0;
      double m = 0;
      double pairs = 0;
      double above = 0;
      for (int i = 0; i < rows; i++) {
        boolean isTold = logits[i][l] > 0;
        boolean isThere = targets[i][l] > 0.5;
        r += isTold && isThere ? 1 : 0;
        w += isTold && !isThere ? 1 : 0;
        m += !isTold && isThere ? 1 : 0;
        for (int j = 0; j < rows; j++) {
          if (isThere && targets[j][l] < 0.5) {
            pairs++;
            above += logits[i][l] > logits[j][l] ? 1 : logits[i][l] == logits[j][l] ? 0.5 : 0;
          }
        }
      }
      f1[l] = 2 * r / (2 * r + w + m);
      areas[l] = above / pairs;
      members[l] = r + m;
      right += r;
      wrong += w;
      missed += m;
    }
    String what = "seed " + seed;
    checkLabels(ClassScore.fBeta(1, Average.MACRO), logits, targets, (f1[0] + f1[1]) / 2, what);
    checkLabels(ClassScore.fBeta(1, Average.AUTO), logits, targets, (f1[0] + f1[1]) / 2, what);
    checkLabels(
        ClassScore.fBeta(1, Average.WEIGHTED),
        logits,
        targets,
        (f1[0] * members[0] + f1[1] * members[1]) / (members[0] + members[1]),
        what);
    checkLabels(
        ClassScore.precision(Average.MICRO), logits, targets, right / (right + wrong), what);
    checkLabels(ClassScore.recall(Average.MICRO), logits, targets, right / (right + missed), what);
    checkLabels(
        ClassScore.jaccard(Average.MICRO), logits, targets, right / (right + wrong + missed), what);
    checkLabels(RankScore.rocAuc(), logits, targets, (areas[0] + areas[1]) / 2, what);
    checkLabels(new Accuracy(), logits, targets, exact / rows, what);
    checkLabels(Accuracy.errorRate(), logits, targets, 1 - exact / rows, what);
    checkLabels(new BinaryAccuracy(), logits, targets, hits / rows / 3, what);
    checkLabels(BinaryAccuracy.hammingLoss(), logits, targets, 1 - hits / rows / 3, what);
    checkLabels(Calibration.brier(), logits, targets, squares / rows / 3, what);
  }

  private static void checkLabels(
      Metric metric, double[][] logits, double[][] targets, double expected, String what) {
    var feed =
        Feed.of(floats(logits), floats(targets), new Shape(3), new Shape(3), DataType.FLOAT32, 10);
    assertThat(MetricsTest.labels(feed, metric).metrics().get(metric.name()))
        .as("%s, %s", metric, what)
        .isCloseTo(expected, within(1e-9));
  }

  @Test
  void whatComparesClassesRefusesLabelsBeforeTheRun() {
    var task =
        new Task(Task.Goal.LABELS, Task.of(List.of(new Shape(4, 2))), List.of("rain", "sun"));
    for (MetricProvider metric :
        List.of(
            new Agreement.BalancedAccuracy(),
            new Agreement.CohenKappa(),
            new Agreement.Matthews(),
            new TopK.Options(1))) {
      assertThatThrownBy(() -> metric.check(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("compares classes, of which one holds, and these are labels");
    }
    new ClassScore.Precision().check(task);
  }

  @Test
  void aMetricThatComparesSomethingElseIsRefusedBeforeTheRun() {
    var shape = Task.of(List.of(new Shape(4, 2)));
    var classes = new Task(Task.Goal.CLASSIFICATION, shape, List.of("rain", "sun"));
    var numbers = new Task(Task.Goal.REGRESSION, shape, List.of("price"));
    var labels = new Task(Task.Goal.LABELS, shape, List.of("rain", "sun"));
    assertThatThrownBy(() -> new BinaryAccuracy.Hamming().check(classes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "hamming-loss compares labels, several of which may hold, and the data are for classification; name accuracy or error-rate");
    assertThatThrownBy(() -> new Accuracy.Options().check(numbers))
        .hasMessage(
            "accuracy compares classes, and the data are for regression; name mae, rmse or r2");
    assertThatThrownBy(() -> new Regression.R2().check(classes))
        .hasMessage(
            "r2 compares numbers, and the data are for classification; name accuracy or f-beta");
    new Accuracy.Options().check(classes);
    new Accuracy.Options().check(labels);
    new BinaryAccuracy.Hamming().check(labels);
    new Regression.R2().check(numbers);
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    var feed =
        Feed.of(
            List.of(new float[] {1}),
            List.of(new float[] {1, 2}),
            new Shape(1),
            new Shape(2),
            DataType.FLOAT32,
            1);
    assertThatThrownBy(() -> MetricsTest.scores(feed, Regression.r2()))
        .hasMessageContaining("r2 compares each prediction with its target, but the predictions");
  }
}
