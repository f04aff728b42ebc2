package io.antiphon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import io.antiphon.core.Batch;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Scores;
import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final int SAMPLES = 103; // the last batch of 10 has 3
  private static final int CLASSES = 7;
  private static final LossFunction SQUARES = (x, y) -> x.head().square().mean();

  private final Random random = new Random(5);
  private final List<float[]> rows = rows(CLASSES);
  private final List<float[]> classes = new ArrayList<>();

  MetricsTest() {
    for (int i = 0; i < SAMPLES; i++) {
      classes.add(new float[] {random.nextInt(CLASSES)});
    }
  }

  @Test
  void everySampleCountsTheSameAlsoInASmallerLastBatch() {
    double hits = 0;
    double top = 0;
    double loss = 0;
    for (int i = 0; i < SAMPLES; i++) {
      float[] row = rows.get(i);
      float own = row[(int) classes.get(i)[0]];
      int greater = 0;
      for (float each : row) {
        greater += each > own ? 1 : 0;
        loss += each * each / CLASSES;
      }
      hits += greater == 0 ? 1 : 0;
      top += greater < 3 ? 1 : 0;
    }
    for (DataType type : List.of(DataType.INT64, DataType.FLOAT32, DataType.INT32)) {
      for (Shape target : List.of(new Shape(), new Shape(1))) {
        Scores scores =
            scores(
                Feed.of(rows, classes, new Shape(CLASSES), target, type, 10),
                new Accuracy(),
                Accuracy.errorRate(),
                new TopK(new TopK.Options(3)),
                new LossMetric());
        assertThat(scores.metrics())
            .containsEntry("accuracy", hits / SAMPLES)
            .containsEntry("error_rate", (SAMPLES - hits) / SAMPLES)
            .containsEntry("top_3", top / SAMPLES);
        assertThat(scores.metrics().get("loss")).isCloseTo(loss / SAMPLES, within(1e-6));
        assertThat(scores.loss()).isCloseTo(loss / SAMPLES, within(1e-6));
      }
    }
  }

  @Test
  void sequencesCountEveryPlace() {
    List<float[]> x = rows(2 * 3);
    List<float[]> y = new ArrayList<>();
    double hits = 0;
    for (float[] row : x) {
      var targets = new float[] {random.nextInt(3), random.nextInt(3)};
      y.add(targets);
      for (int place = 0; place < 2; place++) {
        int best = 0;
        for (int c = 1; c < 3; c++) {
          best = row[place * 3 + c] > row[place * 3 + best] ? c : best;
        }
        hits += best == targets[place] ? 1 : 0;
      }
    }
    DataLoader feed = Feed.of(x, y, new Shape(2, 3), new Shape(2), DataType.INT64, 10);
    Scores scores = scores(feed, new Accuracy(), new TopK(new TopK.Options(1)));
    assertThat(scores.metrics())
        .containsEntry("accuracy", hits / 2 / SAMPLES)
        .containsEntry("top_1", hits / 2 / SAMPLES);
  }

  @Test
  void probabilitiesCountTheirGreatestClass() {
    List<float[]> y = rows(CLASSES);
    DataLoader feed =
        Feed.of(rows, y, new Shape(CLASSES), new Shape(CLASSES), DataType.FLOAT32, 10);
    double hits = 0;
    for (int i = 0; i < SAMPLES; i++) {
      hits += greatest(rows.get(i)) == greatest(y.get(i)) ? 1 : 0;
    }
    assertThat(scores(feed, new Accuracy(), new TopK(new TopK.Options(1))).metrics())
        .containsEntry("accuracy", hits / SAMPLES)
        .containsEntry("top_1", hits / SAMPLES);
  }

  @Test
  void oneLogitPerSampleMeansYesOrNo() {
    List<float[]> x = rows(1);
    List<float[]> y = new ArrayList<>();
    double hits = 0;
    for (float[] each : x) {
      y.add(new float[] {random.nextInt(2)});
      hits += (each[0] > 0) == (y.getLast()[0] == 1) ? 1 : 0;
    }
    for (Shape row : List.of(new Shape(), new Shape(1))) {
      DataLoader feed = Feed.of(x, y, row, new Shape(), DataType.FLOAT32, 10);
      assertThat(scores(feed, new Accuracy()).metrics()).containsEntry("accuracy", hits / SAMPLES);
    }
  }

  @Test
  void everyLabelOfSeveralCountsByItself() {
    List<float[]> y = new ArrayList<>();
    double hits = 0;
    for (float[] x : rows) {
      var labels = new float[CLASSES];
      for (int i = 0; i < CLASSES; i++) {
        labels[i] = random.nextInt(2);
        hits += (x[i] > 0) == (labels[i] == 1) ? 1 : 0;
      }
      y.add(labels);
    }
    DataLoader feed =
        Feed.of(rows, y, new Shape(CLASSES), new Shape(CLASSES), DataType.FLOAT32, 10);
    assertThat(scores(feed, new BinaryAccuracy()).metrics())
        .containsEntry("binary_accuracy", hits / CLASSES / SAMPLES);
    DataLoader few = Feed.of(rows, classes, new Shape(CLASSES), new Shape(), DataType.INT64, 10);
    assertThatThrownBy(() -> scores(few, new BinaryAccuracy()))
        .hasMessageContaining("binary_accuracy compares each prediction with its target");
  }

  @Test
  void errorsAreMeansOverAllNumbers() {
    List<float[]> y = rows(CLASSES);
    double squares = 0;
    double magnitudes = 0;
    for (int i = 0; i < SAMPLES; i++) {
      for (int j = 0; j < CLASSES; j++) {
        double difference = rows.get(i)[j] - y.get(i)[j];
        squares += difference * difference / CLASSES / SAMPLES;
        magnitudes += Math.abs(difference) / CLASSES / SAMPLES;
      }
    }
    DataLoader feed =
        Feed.of(rows, y, new Shape(CLASSES), new Shape(CLASSES), DataType.FLOAT32, 10);
    var metrics = scores(feed, MeanError.squared(), MeanError.absolute()).metrics();
    assertThat(metrics.get("mse")).isCloseTo(squares, within(1e-6));
    assertThat(metrics.get("mae")).isCloseTo(magnitudes, within(1e-6));
  }

  @Test
  void sumsStayExactOverManySamples() {
    // 2^24 + 1 is where a float32 sum stops growing
    Metric metric =
        new MeanMetric("many", true) {
          @Override
          long add(ai.djl.ndarray.NDArray sum, Batch batch) {
            sum.addi((1 << 24) + 1);
            return 1;
          }
        };
    DataLoader feed = Feed.of(rows, classes, new Shape(CLASSES), new Shape(), DataType.INT64, 10);
    assertThat(scores(feed, metric).metrics()).containsEntry("many", (double) ((1 << 24) + 1));
  }

  @Test
  void theValueOutlivesThePassAndArraysDoNot() {
    var accuracy = new Accuracy();
    assertThat(accuracy.value()).isNaN();
    DataLoader feed = Feed.of(rows, classes, new Shape(CLASSES), new Shape(), DataType.INT64, 10);
    try (Learner learner = learner(feed, accuracy)) {
      learner.validate();
      int arrays = learner.manager().getManagedArrays().size();
      Scores scores = learner.validate();
      assertThat(accuracy.value()).isEqualTo(scores.metrics().get("accuracy"));
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
    }
  }

  @Test
  void shapesThatDoNotFitAreSentences() {
    DataLoader feed =
        Feed.of(rows, rows(2), new Shape(CLASSES), new Shape(2), DataType.FLOAT32, 10);
    assertThatThrownBy(() -> scores(feed, new Accuracy()))
        .hasMessageContaining(
            "accuracy compares classes, but targets of shape (10, 2) do not fit predictions of"
                + " shape (10, 7); give class indices (10) or probabilities (10, 7)");
    assertThatThrownBy(() -> scores(feed, MeanError.squared()))
        .hasMessageContaining("mse compares each prediction with its target");
    DataLoader few = Feed.of(rows, classes, new Shape(CLASSES), new Shape(), DataType.INT64, 10);
    assertThatThrownBy(() -> scores(few, new TopK(new TopK.Options(8))))
        .hasMessageContaining("top-k with k = 8 needs at least 8 classes");
    var ten = new Task(List.of(new Shape(64, 4)), 10);
    new TopK.Options(10).check(ten);
    assertThatThrownBy(() -> new TopK.Options(11).check(ten))
        .hasMessage("k is 11; it must be at most 10, for there are that many classes");
    assertThatThrownBy(() -> new TopK.Options(0)).hasMessage("k is 0; it must be at least 1");
  }

  static Scores scores(DataLoader feed, Metric... metrics) {
    try (Learner learner = learner(feed, metrics)) {
      return learner.validate();
    }
  }

  /// Scores labels, of which several may hold.
  static Scores labels(DataLoader feed, Metric... metrics) {
    int outputs = (int) feed.inputShapes().getFirst().get(1);
    var task = new Task(Task.Goal.LABELS, Task.of(feed.inputShapes()), Task.numbered(outputs));
    try (Learner learner = builder(feed, metrics).task(task).build()) {
      return learner.validate();
    }
  }

  // The predictions are the inputs.
  private static Learner learner(DataLoader feed, Metric... metrics) {
    return builder(feed, metrics).build();
  }

  private static Learner.Builder builder(DataLoader feed, Metric... metrics) {
    return Learner.builder()
        .model(Blocks.identityBlock())
        .loss(SQUARES)
        .optimizer(MetricsTest::none)
        .valid(feed)
        .metrics(metrics)
        .device(Device.cpu());
  }

  private static Optimizer none(List<io.antiphon.core.ParameterGroup> groups) {
    return new Optimizer() {
      @Override
      public List<io.antiphon.core.ParameterGroup> groups() {
        return groups;
      }

      @Override
      public void step() {}

      @Override
      public void close() {}
    };
  }

  private List<float[]> rows(int length) {
    List<float[]> result = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      var row = new float[length];
      for (int j = 0; j < length; j++) {
        row[j] = (float) random.nextGaussian();
      }
      result.add(row);
    }
    return result;
  }

  private static int greatest(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      best = row[i] > row[best] ? i : best;
    }
    return best;
  }
}
