package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RowTest {
  /// A metric that counts the samples it is given.
  private static final class Count implements Metric {
    private final String name;
    private double count;

    Count(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void reset(Pass pass) {
      count = 0;
    }

    @Override
    public void add(Batch batch) {
      count += batch.targets().head().getShape().get(0);
    }

    @Override
    public double value() {
      return count;
    }
  }

  @Test
  void scoresAreThereAtTheEndOfAPassForEveryoneAndNoneAreLeftOverAtItsStart() {
    Map<String, Object> seen = new LinkedHashMap<>();
    var early =
        new Callback() {
          private Pass train;

          @Override
          public Order order() {
            return Order.at(-1000);
          }

          @Override
          public void beforeTrain(Pass pass) {
            train = pass;
            seen.put("before train " + pass.epoch().index(), pass.scores().loss());
          }

          @Override
          public void beforeValidate(Pass pass) {
            seen.put("before valid " + pass.epoch().index(), pass.scores().loss());
          }

          @Override
          public void afterTrain(Pass pass) {
            assertThat(pass.epoch().trainScores()).contains(pass.scores());
          }

          @Override
          public void afterValidate(Pass pass) {
            assertThat(pass.epoch().validScores()).contains(pass.scores());
            assertThat(pass.scores().metrics()).containsEntry("seen", 2.0 * Points.BATCH);
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            assertThat(epoch.trainScores()).contains(train.scores());
            assertThat(train.scores().samples()).isEqualTo(3 * Points.BATCH);
          }
        };
    try (Learner learner = Points.learner(3).metrics(new Count("seen")).callbacks(early).build()) {
      learner.fit(2);
    }
    assertThat(seen).hasSize(4).allSatisfy((_, loss) -> assertThat(loss).isEqualTo(Double.NaN));
  }

  @Test
  void aBatchThatWasDoneCountsThoughItsEndStopsTheTraining() {
    var losses = new ArrayList<Double>();
    var rows = new ArrayList<Row>();
    var cutter =
        new Callback() {
          @Override
          public Order order() {
            return Order.at(-500);
          }

          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining()) {
              losses.add(batch.lossValue());
              if (batch.index() == 1) {
                throw new CancelTrainException("test");
              }
            }
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
          }
        };
    try (Learner learner = Points.learner(3).callbacks(cutter).build()) {
      learner.fit(1);
      assertThat(losses).hasSize(2);
      assertThat(rows.getFirst().trainLoss())
          .isCloseTo((losses.get(0) + losses.get(1)) / 2, within(1e-7));
      assertThat(rows.getFirst().partial()).isTrue();
    }
  }

  @Test
  void aBatchThatIsStoppedForItsLossCountsNowhere() {
    var rows = new ArrayList<Row>();
    var guard =
        new Callback() {
          @Override
          public Order order() {
            return Order.at(-500);
          }

          @Override
          public void afterLoss(Batch batch) {
            if (batch.index() == 2) {
              batch.loss(batch.loss().mul(Double.NaN));
            }
          }

          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining() && Double.isNaN(batch.lossValue())) {
              throw new CancelTrainException("test");
            }
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            assertThat(epoch.fit().losses(0)).hasSize(2).doesNotContain(Double.NaN);
            rows.add(epoch.row());
          }
        };
    try (Learner learner = Points.learner(3).callbacks(guard).build()) {
      learner.fit(1);
      assertThat(rows.getFirst().trainLoss()).isFinite();
    }
  }

  @Test
  void aTrainingThatNeverBeganHasNoScoresOfAnotherOne() {
    var rows = new ArrayList<Row>();
    var cutter =
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            if (pass.epoch().index() == 1) {
              throw new CancelTrainException("test");
            }
          }

          @Override
          public void afterCancelTrain(Pass pass) {
            assertThat(pass.scores().samples()).isZero();
            assertThat(pass.scores().loss()).isNaN();
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
          }
        };
    try (Learner learner = Points.learner(3).callbacks(cutter).build()) {
      FitResult result = learner.fit(2);
      assertThat(result.train()).isEmpty();
      assertThat(result.valid()).isPresent();
    }
    assertThat(rows.get(0).trainLoss()).isPositive();
    assertThat(rows.get(1).trainLoss()).isNaN();
    assertThat(rows.get(1).partial()).isTrue();
    assertThat(rows.get(1).validLoss()).isPositive();
  }

  @Test
  void aValidationThatIsStoppedDoesNotScore() {
    var kept = new ArrayList<Epoch>();
    var stopper =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (!batch.isTraining()) {
              batch.fit().stopAfter(Level.BATCH, "test");
            }
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            kept.add(epoch);
          }
        };
    try (Learner learner = Points.learner(3).callbacks(stopper).build()) {
      FitResult result = learner.fit(2);
      assertThat(result.outcome()).isInstanceOf(Outcome.Stopped.class);
      assertThat(result.valid()).isEmpty();
      assertThat(result.train()).isPresent();
      Row row = kept.getFirst().row();
      assertThat(row.validLoss()).isNaN();
      assertThat(row.trainLoss()).isEqualTo(result.train().orElseThrow().loss());
      assertThat(row.partial()).isTrue();
      assertThat(kept.getFirst().row()).isEqualTo(row); // for ever
    }
  }

  @Test
  void theRateOfARowIsTheOneThatWasUsed() {
    var rates = new ArrayList<Double>();
    var lower =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            epoch.fit().set(Hyper.LEARNING_RATE, 0.05);
            rates.add(epoch.row().lr());
          }
        };
    try (Learner learner = Points.learner(3).callbacks(lower).build()) {
      learner.fit(2);
    }
    assertThat(rates).containsExactly(0.1, 0.05);
  }

  @Test
  void oneLossThatIsNoNumberSpoilsNoAverageForEver() {
    var rows = new ArrayList<Row>();
    var smooth = new ArrayList<Double>();
    var spoil =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.isTraining() && batch.fit().trainIter() == 1) {
              batch.loss(batch.manager().create(Float.NaN));
              throw new CancelBatchException("left out");
            }
          }

          @Override
          public Order order() {
            return Order.TRACK;
          }

          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining()) {
              smooth.add(batch.fit().smoothLoss());
            }
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
            double[] losses = epoch.fit().losses(0);
            var series = new Series();
            series.addAll(losses);
            assertThat(series.smoothed())
                .containsExactly(smooth.stream().mapToDouble(Double::doubleValue).toArray());
          }
        };
    try (Learner learner = Points.learner(3).callbacks(spoil).build()) {
      learner.fit(2);
    }
    assertThat(smooth.get(1)).isNaN();
    assertThat(smooth.get(2)).isFinite();
    assertThat(rows).allMatch(row -> Double.isFinite(row.trainLoss()));
  }

  @Test
  void aTrainingThatDivergesIsNotToldBetterThanItIs() {
    var spoil =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.isTraining() && batch.index() == 1) {
              batch.loss(batch.loss().mul(Float.NaN));
            }
          }
        };
    try (Learner learner = Points.learner(3).callbacks(spoil).build()) {
      assertThat(learner.fit(1).train().orElseThrow().loss()).isNaN();
    }
  }

  /// The mean of the numbers that are not below 0.
  private record Counting() implements LossFunction {
    @Override
    public NDArray loss(NDList predictions, NDList targets) {
      NDArray counts = targets.head().gte(0);
      NDArray sum = predictions.head().flatten().mul(counts).sum();
      return sum.div(counts.toType(sum.getDataType(), false).sum());
    }

    @Override
    public Optional<NDArray> counted(NDList predictions, NDList targets) {
      return Optional.of(
          targets.head().gte(0).toType(ai.djl.ndarray.types.DataType.FLOAT32, false).sum());
    }
  }

  @Test
  void batchesWeighWhatTheyCount() {
    // one number counts, then two of four, then none, then a batch without samples
    float[][] targets = {{0, -1, -1, -1}, {0, 0, -1, -1}, {-1, -1}, {}};
    float[][] inputs = {{7, 1, 1, 1}, {2, 3, 1, 1}, {5, 5}, {}};
    DataLoader data = feed(inputs, targets);
    try (Learner learner =
        Learner.builder()
            .model(new ai.djl.nn.LambdaBlock(list -> list))
            .loss(new Counting())
            .optimizer(Points.sgd(0.1))
            .splitter(_ -> List.of())
            .metrics(new Count("seen"))
            .valid(data)
            .build()) {
      Scores scores = learner.validate();
      assertThat(scores.loss()).isCloseTo(4, within(1e-6));
      assertThat(scores.metrics()).containsEntry("seen", 10.0);
      assertThat(scores.samples()).isEqualTo(10);
    }
  }

  private static DataLoader feed(float[][] inputs, float[][] targets) {
    return new DataLoader() {
      @Override
      public int batches() {
        return inputs.length;
      }

      @Override
      public long samples() {
        return 10;
      }

      @Override
      public List<Shape> inputShapes() {
        return List.of(new Shape(4, 1));
      }

      @Override
      public Batches open(long seed, long epoch, int first) {
        return new Batches() {
          private int next = first;

          @Override
          public boolean hasNext() {
            return next < inputs.length;
          }

          @Override
          public Samples next(NDManager manager) {
            float[] x = inputs[next];
            float[] y = targets[next++];
            return new Samples(
                new NDList(manager.create(x, new Shape(x.length, 1))),
                new NDList(manager.create(y, new Shape(y.length))),
                x.length);
          }
        };
      }
    };
  }

  @Test
  void metricsThatWouldHideEachOtherAreRefused() {
    Learner.Builder builder = Points.learner(1).metrics(new Count("a"));
    assertThatThrownBy(() -> builder.metrics(new Count("a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is a metric named 'a' already");
    assertThatThrownBy(() -> builder.metrics(new Count("time")))
        .hasMessage(
            "a metric is named 'time', which is a column of every epoch; give it another name");
    assertThatThrownBy(() -> builder.metrics(new Count("train_a")).scoresTraining(true).build())
        .hasMessage(
            "'train_a' is the column of metric 'a' in training and the name of another metric;"
                + " give that another name");
  }

  @Test
  void aMetricNamedLossDoesNotHideTheTrainingLoss() {
    var rows = new ArrayList<Row>();
    var keep =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
          }
        };
    try (Learner learner =
        Points.learner(2).metrics(new Count("loss")).scoresTraining(true).callbacks(keep).build()) {
      FitResult result = learner.fit(1);
      assertThat(Row.columns(learner)).containsExactly("train_loss", "valid_loss", "loss");
      assertThat(rows.getFirst().trainLoss()).isEqualTo(result.train().orElseThrow().loss());
      assertThat(rows.getFirst().value("loss")).isEqualTo(2.0 * Points.BATCH);
    }
  }
}
