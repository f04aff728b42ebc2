package io.antiphon.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.initializer.ConstantInitializer;
import io.antiphon.core.Batch;
import io.antiphon.core.BlockHook;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.Samples;
import io.antiphon.core.TrainingStep;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.ThreadRanks;
import io.antiphon.testkit.TinyTask;
import io.antiphon.training.Ema;
import io.antiphon.training.GradientAccumulation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
  @TempDir Path folder;

  private ActivationStatistics statistics(int every) {
    return new ActivationStatistics(
        new ActivationStatistics.Options()
            .file(folder.resolve("activations.csv"))
            .every(every)
            .bins(4)
            .top(2));
  }

  @Test
  void activationsOfEachLayerWithParametersAreMeasured() throws IOException {
    var seen = new ArrayList<float[]>();
    var watch =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            fit.hook(
                Layer.of(fit.model(), List.of()).getLast().block(),
                BlockHook.looking((batch, block, outputs) -> {
                  if (batch.isTraining()) {
                    seen.add(outputs.head().toFloatArray());
                  }
                }));
          }
        };
    ActivationStatistics statistics = statistics(1);
    try (Learner learner = TinyTask.learner().callbacks(statistics, watch).build()) {
      learner.fit(2);
    }
    List<ActivationStatistics.Statistics> found = statistics.statistics();
    assertThat(found)
        .extracting(ActivationStatistics.Statistics::layer)
        .containsExactly("01Conv2d", "02BatchNorm", "05Linear");
    ActivationStatistics.Statistics linear = found.getLast();
    assertThat(linear.means()).hasSize(6);
    for (int step = 0; step < 6; step++) {
      float[] values = seen.get(step);
      double mean = 0;
      double squares = 0;
      double near = 0;
      var bins = new double[4];
      for (float value : values) {
        mean += value / values.length;
        squares += value * value / values.length;
        near += Math.abs(value) <= 0.05 ? 1.0 / values.length : 0;
        bins[(int) Math.min(3, Math.abs(value) / 0.5)] += 1.0 / values.length;
      }
      assertThat(linear.means()[step]).isCloseTo(mean, Offset.offset(1e-5));
      assertThat(linear.deviations()[step])
          .isCloseTo(Math.sqrt(squares - mean * mean), Offset.offset(1e-5));
      assertThat(linear.nearZero()[step]).isCloseTo(near, Offset.offset(1e-6));
      for (int bin = 0; bin < 4; bin++) {
        assertThat((double) linear.histograms().get(step)[bin])
            .isCloseTo(bins[bin], Offset.offset(1e-6));
      }
    }
    List<String> lines = Files.readAllLines(folder.resolve("activations.csv"));
    assertThat(lines.getFirst())
        .isEqualTo("step,layer,mean,deviation,near_zero,bin_0,bin_1,bin_2,bin_3");
    assertThat(lines).hasSize(1 + 3 * 6);
    assertThat(lines.get(1)).startsWith("0,01Conv2d,");
  }

  @Test
  void theyAreMeasuredAtSomeSteps() {
    ActivationStatistics statistics = statistics(4);
    try (Learner learner = TinyTask.learner().callbacks(statistics).build()) {
      learner.fit(2); // of steps 0 to 5
      assertThat(learner.manager().isOpen()).isTrue();
    }
    assertThat(statistics.statistics().getFirst().means()).hasSize(2);
  }

  @Test
  void normsOfGroupsAreThoseOfGradientsWeightsAndSteps() throws IOException {
    var expected = new ArrayList<double[]>();
    var watch =
        new Callback() {
          private List<float[]> before = List.of();

          @Override
          public Order order() {
            return Order.RECORD.runAfter("norms");
          }

          @Override
          public void beforeStep(Batch batch) {
            before = weights(batch);
            try (NDManager scratch = batch.manager().newSubManager()) {
              NDList gradients = batch.gradients().arrays(scratch);
              expected.add(
                  new double[] {
                    norm(gradients.stream().map(NDArray::toFloatArray).toList(), List.of()),
                    norm(before, List.of()),
                    0
                  });
            }
          }

          @Override
          public void afterStep(Batch batch) {
            double[] row = expected.getLast();
            row[2] = norm(before, weights(batch)) / row[1];
          }
        };
    var norms = new Norms(new Norms.Options(folder.resolve("norms.csv"), 1));
    var rows = new ArrayList<Row>();
    var record =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(norms, watch, record).build()) {
      learner.fit(1);
    }
    List<String> lines = Files.readAllLines(folder.resolve("norms.csv"));
    assertThat(lines.getFirst()).isEqualTo("step,group,gradient,weight,update_ratio");
    assertThat(lines).hasSize(4);
    for (int step = 0; step < 3; step++) {
      double[] numbers =
          Arrays.stream(lines.get(step + 1).split(",", -1))
              .skip(2)
              .mapToDouble(Double::parseDouble)
              .toArray();
      assertThat(numbers).containsExactly(expected.get(step), Offset.offset(1e-4));
    }
    double mean = expected.stream().mapToDouble(row -> row[0]).average().orElseThrow();
    assertThat(rows.getFirst().value("train_gradient_norm")).isCloseTo(mean, Offset.offset(1e-4));
  }

  private static List<String> steps(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .skip(1)
        .map(line -> line.substring(0, line.indexOf(',')))
        .toList();
  }

  @Test
  void ofStepsOfSeveralBatchesTheNextOneMadeIsLookedAt() throws IOException {
    Path file = folder.resolve("norms.csv");
    try (Learner learner =
        TinyTask.learner()
            .callbacks(new Norms.Options(file, 10).create(), new GradientAccumulation(3))
            .build()) {
      learner.fit(10); // steps at batches 2, 5, 8 …
    }
    assertThat(steps(file)).containsExactly("2", "11", "20");
  }

  @Test
  void aTrainingOfSeveralFitsHasOneFile() throws IOException {
    Path file = folder.resolve("norms.csv");
    try (Learner learner =
        TinyTask.learner().callbacks(new Norms.Options(file, 1).create()).build()) {
      learner.together(
          2,
          () -> {
            learner.fit(1);
            return learner.fit(1);
          });
    }
    assertThat(steps(file)).containsExactly("0", "1", "2", "3", "4", "5");
  }

  @Test
  void ofSeveralPassesOfAStepOneCounts() {
    var statistics =
        new ActivationStatistics(
            new ActivationStatistics.Options().file(folder.resolve("a.csv")).every(1));
    var twice =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            fit.wrapStep(Twice::new);
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(statistics, twice).build()) {
      learner.fit(1);
    }
    assertThat(statistics.statistics())
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each.means()).hasSize(3));
  }

  private record Twice(TrainingStep inner) implements TrainingStep.Wrapper {
    @Override
    public NDList predict(Batch batch, NDList inputs) {
      inner.predict(batch, inputs);
      return inner.predict(batch, inputs);
    }
  }

  @Test
  void aLossBelowZeroIsNoSpikeByItself() {
    var rollback = new SpikeRollback(new SpikeRollback.Options().window(2).back(1).every(1));
    var below =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            batch.loss(batch.loss().mul(0).sub(1));
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(rollback, below).build()) {
      learner.fit(3);
    }
    assertThat(rollback.rollbacks()).isZero();
  }

  @Test
  void aRollbackInAnAccumulatedStepKeepsItsMean() {
    var norms = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.isTraining() && batch.fit().trainIter() == 4) {
              batch.loss(batch.loss().mul(1000));
            }
          }

          @Override
          public void beforeStep(Batch batch) {
            try (NDManager scratch = batch.manager().newSubManager()) {
              norms.add((double) batch.gradients().norm(scratch, 2).getFloat());
            }
          }
        };
    var model = Linear.builder().setUnits(1).optBias(false).build();
    model.setInitializer(new ConstantInitializer(9f), Parameter.Type.WEIGHT);
    List<Float> ones = Collections.nCopies(9, 1f);
    DataLoader data =
        DataLoader.of(
                ones,
                (manager, some) ->
                    new Samples(
                        new NDList(manager.ones(new Shape(some.size(), 1))), new NDList(), 1))
            .batchSize(1);
    try (Learner learner =
        TinyTask.learner()
            .model(model)
            .loss((predictions, targets) -> predictions.head().mean())
            .train(data)
            .valid(data)
            .callbacks(
                new SpikeRollback(new SpikeRollback.Options().window(2).back(1).every(1)),
                new GradientAccumulation(3),
                watch)
            .build()) {
      learner.fit(1);
    }
    assertThat(norms)
        .hasSizeGreaterThan(1)
        .allSatisfy(each -> assertThat(each).isCloseTo(1, Offset.offset(1e-6)));
  }

  @Test
  void stepsThatAreDoneAgainHaveOneLine() throws IOException {
    Path saved = folder.resolve("saved");
    Path file = folder.resolve("norms.csv");
    var norms = new Norms.Options(file, 1);
    var save =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            if (epoch.index() == 0) {
              epoch.fit().whenSettled(() -> epoch.fit().learner().save(saved));
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(norms.create(), save).build()) {
      learner.fit(2); // as if it had been killed here, before the next checkpoint
    }
    List<String> straight = Files.readAllLines(file);
    try (Learner learner = TinyTask.learner().callbacks(norms.create(), save).build()) {
      learner.load(saved);
      learner.fit(2);
    }
    assertThat(Files.readAllLines(file)).isEqualTo(straight).hasSize(7);
  }

  @Test
  void whoeverGoesOnWithinAnEpochHasTheStepsBefore() throws IOException {
    Path saved = folder.resolve("saved");
    Path norms = folder.resolve("norms.csv");
    Path activations = folder.resolve("activations.csv");
    var save =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            Learner learner = batch.fit().learner();
            if (learner.stepsDone() == 4 && batch.isTraining()) {
              batch.fit().whenSettled(() -> learner.save(saved));
            } else if (learner.stepsDone() == 5 && !Files.exists(norms.resolveSibling("dead"))) {
              throw new AssertionError("as if the process were killed");
            }
          }
        };
    for (boolean again : new boolean[] {false, true}) {
      if (again) {
        Files.createFile(norms.resolveSibling("dead"));
      }
      try (Learner learner =
          TinyTask.learner()
              .callbacks(
                  new Norms.Options(norms, 1).create(),
                  new ActivationStatistics.Options().file(activations).every(1).create(),
                  save)
              .build()) {
        if (again) {
          learner.load(saved);
          learner.fit(2);
        } else {
          assertThatThrownBy(() -> learner.fit(2)).isInstanceOf(AssertionError.class);
        }
      }
    }
    assertThat(steps(norms)).containsExactly("0", "1", "2", "3", "4", "5");
    assertThat(steps(activations).stream().distinct())
        .containsExactly("0", "1", "2", "3", "4", "5");
  }

  @Test
  void rankZeroAloneWrites() throws IOException {
    Path norms = folder.resolve("norms.csv");
    Path activations = folder.resolve("activations.csv");
    ThreadRanks.run(
        2,
        ranks -> {
          try (Learner learner =
              TinyTask.learner()
                  .ranks(ranks)
                  .callbacks(
                      new Norms(new Norms.Options(norms, 1)),
                      new ActivationStatistics(
                          new ActivationStatistics.Options().file(activations)))
                  .build()) {
            learner.fit(1);
          }
          return ranks.rank();
        });
    for (Path file : List.of(norms, activations)) {
      assertThat(Files.readAllLines(file)).doesNotHaveDuplicates();
      assertThat(Files.readAllLines(file).stream().filter(line -> line.startsWith("0,")))
          .isNotEmpty()
          .extracting(line -> line.split(",", -1)[1])
          .doesNotHaveDuplicates();
    }
  }

  private static List<float[]> weights(Batch batch) {
    return batch.fit().learner().model().getParameters().values().stream()
        .filter(Parameter::requiresGradient)
        .map(each -> each.getArray().toFloatArray())
        .toList();
  }

  private static double norm(List<float[]> some, List<float[]> others) {
    double sum = 0;
    for (int i = 0; i < some.size(); i++) {
      for (int j = 0; j < some.get(i).length; j++) {
        double value = some.get(i)[j] - (others.isEmpty() ? 0 : others.get(i)[j]);
        sum += value * value;
      }
    }
    return Math.sqrt(sum);
  }

  @Test
  void memoryInUseIsAColumn() {
    var rows = new ArrayList<Row>();
    var record =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            rows.add(epoch.row());
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new DeviceMemory(1), record).build()) {
      learner.fit(1);
    }
    assertThat(rows.getFirst().value("train_memory")).isBetween(0.01, 1e4);
    assertThat(rows.getFirst().value("memory")).isBetween(0.01, 1e4);
  }

  @Test
  void timesAreThoseOfPhasesAndCallbacks() {
    var times = new Times();
    var busy =
        new Callback() {
          @Override
          public String name() {
            return "busy";
          }

          @Override
          public void beforeStep(Batch batch) {
            long end = System.nanoTime() + 2_000_000;
            while (System.nanoTime() < end) {
              Thread.onSpinWait();
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(times, busy).build()) {
      learner.fit(2);
    }
    assertThat(times.phases())
        .extracting(Times.Taken::what)
        .containsExactly("data", "predict", "loss", "backward", "step", "clear");
    assertThat(times.phases())
        .extracting(Times.Taken::times)
        .containsExactly(10L, 10L, 10L, 6L, 6L, 10L);
    assertThat(times.callbacks())
        .anySatisfy(each -> {
          assertThat(each.what()).isEqualTo("busy");
          assertThat(each.times()).isEqualTo(6);
          assertThat(each.nanoseconds()).isGreaterThanOrEqualTo(6 * 2_000_000L);
        });
    assertThat(times.table()).contains("predict", "busy");
  }

  @Test
  void theFlightRecorderHasEveryLevelAndHook() throws IOException {
    Path file = folder.resolve("run.jfr");
    try (var recording = new Recording();
        Learner learner =
            TinyTask.learner().callbacks(new FlightRecorder(), new Ema(0.9)).build()) {
      recording.enable("io.antiphon.Level").withThreshold(Duration.ZERO);
      recording.enable("io.antiphon.Hook").withThreshold(Duration.ZERO);
      recording.start();
      learner.fit(2);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("io.antiphon.Level"))
        .extracting(event -> event.getString("level"))
        .containsOnly("fit", "epoch", "train", "validate", "batch", "backward", "step")
        .satisfies(all -> {
          assertThat(all).filteredOn("batch"::equals).hasSize(10);
          assertThat(all).filteredOn("step"::equals).hasSize(6);
          assertThat(all).filteredOn("fit"::equals).hasSize(1);
        });
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("io.antiphon.Hook"))
        .anySatisfy(event -> {
          assertThat(event.getString("callback")).isEqualTo("ema");
          assertThat(event.getString("event")).isEqualTo("AFTER_STEP");
        });
  }

  @Test
  void aSpikeBringsOldWeightsBackAtALowerRate() {
    for (double spike : new double[] {1000, Double.NaN, Double.POSITIVE_INFINITY}) {
      var rates = new ArrayList<Double>();
      var starts = new ArrayList<float[]>();
      var averages = new ArrayList<float[]>();
      var ema = new Ema(0.5);
      var rollback = new SpikeRollback(new SpikeRollback.Options().window(3).back(2).every(1));
      var watch =
          new Callback() {
            @Override
            public Order order() {
              return Order.at(700);
            }

            @Override
            public void beforeBatch(Batch batch) {
              if (batch.isTraining()) {
                starts.add(weights(batch).getFirst());
                try (NDManager saved = NDManager.newBaseManager()) {
                  averages.add(ema.state(saved).averages().head().toFloatArray());
                }
                rates.add(batch.fit().optimizer().get(Hyper.LEARNING_RATE));
              }
            }
          };
      var forced =
          new Callback() {
            @Override
            public void afterLoss(Batch batch) {
              if (batch.isTraining() && batch.fit().trainIter() == 4) {
                batch.loss(batch.manager().create((float) spike));
              }
            }
          };
      try (Learner learner = TinyTask.learner().callbacks(rollback, ema, watch, forced).build()) {
        learner.fit(3);
        assertThat(learner.stepsDone()).isEqualTo(9);
        assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
      }
      assertThat(rollback.rollbacks()).isEqualTo(1);
      assertThat(starts.get(5)).containsExactly(starts.get(2)); // two steps before the spike
      assertThat(averages.get(5)).containsExactly(averages.get(2));
      assertThat(starts.get(6)).isNotEqualTo(starts.get(5));
      assertThat(rates).startsWith(0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05);
    }
  }

  @Test
  void whatARunThatGoesOnLacksIsTold() {
    try (Learner learner =
        TinyTask.learner()
            .callbacks(new SpikeRollback(new SpikeRollback.Options().back(7)), new Ema(0.9))
            .build()) {
      assertThat(learner.resumeLimits())
          .containsExactly(
              "spike-rollback: a spike within 7 steps of where the run goes on brings back the weights of there, not older ones");
    }
  }

  @Test
  void afterTooManyRollbacksTheFitIsCancelled() {
    var rollback = new SpikeRollback(new SpikeRollback.Options().back(1).every(1).most(2));
    var always =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.isTraining()) {
              batch.loss(batch.manager().create(Float.NaN));
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(rollback, always).build()) {
      assertThat(learner.fit(2).outcome())
          .isEqualTo(new Outcome.Cancelled("spike-rollback", "the loss is NaN, after 2 rollbacks"));
    }
  }

  @Test
  void allKeepTheContract() {
    CallbackContract.of(() -> statistics(1)).verify();
    CallbackContract.of(() -> new Norms(new Norms.Options(folder.resolve("n.csv"), 1))).verify();
  }
}
