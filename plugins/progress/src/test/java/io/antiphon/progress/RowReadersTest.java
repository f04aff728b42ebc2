package io.antiphon.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelEpochException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.CancelValidateException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Pass;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.RunException;
import io.antiphon.metrics.Recorder;
import io.antiphon.training.BestWeights;
import io.antiphon.training.EarlyStopping;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The recorder, the table, the files of a run, its summary and the trackers say the same of every
/// epoch, whatever ends one.
class RowReadersTest {
  private static final int TRAIN = 4; // batches
  private static final int VALID = 2;

  @TempDir Path temporary;

  /// What happens to the second of three epochs.
  enum Cut {
    NOTHING(true, 3),
    STOP_IN_TRAINING(false, 2),
    STOP_AFTER_TRAINING(false, 2),
    STOP_IN_VALIDATION(false, 2),
    CANCEL_TRAINING(true, 3),
    CANCEL_TRAINING_AT_ONCE(true, 3),
    CANCEL_VALIDATION(false, 3),
    CANCEL_VALIDATION_AT_ONCE(false, 3),
    CANCEL_EPOCH_IN_TRAINING(false, 3),
    CANCEL_EPOCH_IN_VALIDATION(false, 3),
    CANCEL_FIT_IN_TRAINING(false, 2),
    CANCEL_FIT_IN_VALIDATION(false, 2),
    CANCEL_FIT_AT_ITS_END(true, 2),
    FAIL_AT_ONCE(false, 1),
    FAIL_IN_TRAINING(false, 2),
    FAIL_IN_VALIDATION(false, 2),
    FAIL_AT_ITS_END(true, 2);

    final boolean validates;
    final int rows;

    Cut(boolean validates, int rows) {
      this.validates = validates;
      this.rows = rows;
    }

    boolean fails() {
      return name().startsWith("FAIL");
    }
  }

  @Id("cutter")
  record Cutter(Cut cut) implements CallbackProvider {
    Cutter() {
      this(Cut.NOTHING);
    }

    @Override
    public Callback create() {
      return new Callback() {
        @Override
        public String name() {
          return "cutter";
        }

        @Override
        public Order order() {
          return Order.at(-500);
        }

        @Override
        public void beforeTrain(Pass pass) {
          if (pass.epoch().index() == 1) {
            switch (cut) {
              case CANCEL_TRAINING_AT_ONCE -> throw new CancelTrainException("test");
              case FAIL_AT_ONCE -> throw new IllegalStateException("test");
              default -> {}
            }
          }
        }

        @Override
        public void beforeValidate(Pass pass) {
          if (pass.epoch().index() == 1 && cut == Cut.CANCEL_VALIDATION_AT_ONCE) {
            throw new CancelValidateException("test");
          }
        }

        // a validation that is cut short would be the best
        @Override
        public void afterLoss(Batch batch) {
          if (!batch.isTraining()) {
            double[] losses = {1, 0.1, 2};
            batch.loss(batch.manager().create((float) losses[batch.pass().epoch().index()]));
          }
        }

        @Override
        public void afterBatch(Batch batch) {
          boolean isLast = batch.index() == (batch.isTraining() ? TRAIN : VALID) - 1;
          if (batch.pass().epoch().index() != 1) {
            return;
          }
          if (isLast && batch.isTraining() && cut == Cut.STOP_AFTER_TRAINING) {
            batch.fit().stopAfter(Level.BATCH, "test");
          }
          if (batch.index() == 0 && batch.isTraining()) {
            switch (cut) {
              case STOP_IN_TRAINING -> batch.fit().stopAfter(Level.BATCH, "test");
              case CANCEL_TRAINING -> throw new CancelTrainException("test");
              case CANCEL_EPOCH_IN_TRAINING -> throw new CancelEpochException("test");
              case CANCEL_FIT_IN_TRAINING -> throw new CancelFitException("test");
              default -> {}
            }
          }
          if (batch.index() == 1 && batch.isTraining() && cut == Cut.FAIL_IN_TRAINING) {
            throw new IllegalStateException("test");
          }
          if (batch.index() == 0 && !batch.isTraining()) {
            switch (cut) {
              case STOP_IN_VALIDATION -> batch.fit().stopAfter(Level.BATCH, "test");
              case CANCEL_VALIDATION -> throw new CancelValidateException("test");
              case CANCEL_EPOCH_IN_VALIDATION -> throw new CancelEpochException("test");
              case CANCEL_FIT_IN_VALIDATION -> throw new CancelFitException("test");
              case FAIL_IN_VALIDATION -> throw new IllegalStateException("test");
              default -> {}
            }
          }
        }

        @Override
        public void afterEpoch(Epoch epoch) {
          if (epoch.index() == 1) {
            switch (cut) {
              case CANCEL_FIT_AT_ITS_END -> throw new CancelFitException("test");
              case FAIL_AT_ITS_END -> throw new IllegalStateException("test");
              default -> {}
            }
          }
        }
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void allSayTheSame(Cut cut) throws IOException {
    Experiment experiment =
        ExperimentFile.builtIn()
            .with(
                List.of(
                    "data={use: glyphs, train: 32, valid: 16, batch-size: 8}",
                    "model={use: mlp, hidden: [8]}",
                    "device=cpu",
                    "fit.epochs=3",
                    "callbacks=[cutter: {cut: %s}, progress: {bar: never}, best-weights, early-stopping: {monitor: train_loss}]"
                        .formatted(cut.name().toLowerCase(Locale.ROOT).replace('_', '-'))),
                temporary)
            .resolve(Catalog.boot().with(new Cutter()));
    var printed = new ByteArrayOutputStream();
    List<Row> rows;
    String summary;
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (Run run = Run.of(experiment, temporary.resolve("run"), _ -> {})) {
      if (cut.fails()) {
        assertThatThrownBy(run::train).isInstanceOf(RunException.class);
      } else {
        run.train();
      }
      rows = run.rows();
      summary = run.summary();
      var learner = run.prepared().learner();
      assertThat(learner.callback(Recorder.class).orElseThrow().rows()).isEqualTo(rows);
      // 0.1 is the best of a whole validation, and never seen of one that was cut short; the
      // trackers do not hear of an epoch whose end failed or was cancelled before they do
      boolean tracked = cut.validates && !cut.name().endsWith("AT_ITS_END");
      assertThat(learner.callback(BestWeights.class).orElseThrow().best())
          .hasValue(tracked ? 0.1f : 1);
      assertThat(learner.callback(BestWeights.class).orElseThrow().epoch())
          .isEqualTo(tracked ? 1 : 0);
      assertThat(rows.stream().map(Row::trainLoss))
          .contains(learner.callback(EarlyStopping.class).orElseThrow().best().orElseThrow());
    } finally {
      System.setOut(out);
    }

    assertThat(rows).hasSize(cut.rows);
    assertThat(rows.getFirst().partial()).isFalse();
    if (cut.rows > 1) {
      Row row = rows.get(1);
      boolean isWhole =
          cut == Cut.NOTHING || cut == Cut.CANCEL_FIT_AT_ITS_END || cut == Cut.FAIL_AT_ITS_END;
      assertThat(row.partial()).isNotEqualTo(isWhole);
      assertThat(Double.isNaN(row.validLoss())).isNotEqualTo(cut.validates);
      assertThat(Double.isNaN(row.value("accuracy"))).isNotEqualTo(cut.validates);
      assertThat(Double.isNaN(row.trainLoss())).isEqualTo(cut == Cut.CANCEL_TRAINING_AT_ONCE);
    }

    List<String> table = printed.toString(StandardCharsets.UTF_8).lines().toList();
    List<String> history = Files.readAllLines(temporary.resolve("run/history.csv"));
    List<String> metrics = Files.readAllLines(temporary.resolve("run/metrics.jsonl"));
    assertThat(table).hasSize(rows.size() + 1);
    assertThat(history).hasSize(rows.size() + 1);
    assertThat(metrics).hasSize(rows.size());
    assertThat(cells(table.getFirst())).containsExactly(history.getFirst().split(","));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      List<String> shown = cells(table.get(i + 1));
      String[] written = history.get(i + 1).split(",", -1);
      assertThat(shown.getFirst()).isEqualTo(written[0]).isEqualTo("" + row.number());
      var numbers = new ArrayList<>(row.numbers().values());
      for (int j = 0; j < numbers.size(); j++) {
        double number = numbers.get(j);
        assertThat(shown.get(j + 1)).isEqualTo(EpochTable.number(number));
        assertThat(written[j + 1].isEmpty()).isEqualTo(Double.isNaN(number));
        if (!Double.isNaN(number)) {
          assertThat(EpochTable.number(Double.parseDouble(written[j + 1])))
              .isEqualTo(EpochTable.number(number));
          assertThat(metrics.get(i)).contains(written[j + 1]);
        }
      }
      assertThat(table.get(i + 1).endsWith("  cut short")).isEqualTo(row.partial());
      assertThat(metrics.get(i)).endsWith("\"partial\":" + row.partial() + "}");
    }
    String last = history.getLast();
    assertThat(summary)
        .startsWith("{\"epoch\":" + last.split(",")[0] + ",\"train_loss\":")
        .contains("\"time\":" + last.substring(last.lastIndexOf(',') + 1) + ",");
  }

  private static List<String> cells(String line) {
    return Arrays.asList(line.replace("  cut short", "").strip().split(" +"));
  }

  /// Lets a callback that reports join in the second epoch.
  @Id("late")
  record Late() implements CallbackProvider {
    @Override
    public Callback create() {
      return new Callback() {
        @Override
        public String name() {
          return "late";
        }

        @Override
        public void beforeEpoch(Epoch epoch) {
          if (epoch.index() == 1) {
            epoch.fit().learner().add(new Reporter());
          }
        }
      };
    }
  }

  private record Reporter() implements Callback {
    @Override
    public List<String> reports() {
      return List.of("late");
    }

    @Override
    public void afterPred(Batch batch) {
      batch.report("late", batch.manager().create(7f));
    }
  }

  @Test
  void columnsOfTableAndHistoryStayThoughAReporterJoins() throws IOException {
    Experiment experiment =
        ExperimentFile.builtIn()
            .with(
                List.of(
                    "data={use: glyphs, train: 32, valid: 16, batch-size: 8}",
                    "model={use: mlp, hidden: [8]}",
                    "device=cpu",
                    "fit.epochs=2",
                    "callbacks=[late, progress: {bar: never}]"),
                temporary)
            .resolve(Catalog.boot().with(new Late()));
    var printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (Run run = Run.of(experiment, temporary.resolve("run"), _ -> {})) {
      run.train();
      assertThat(run.summary()).contains("\"train_late\":7,").contains("\"late\":7,");
    } finally {
      System.setOut(out);
    }
    assertThat(Files.readAllLines(temporary.resolve("run/history.csv")))
        .hasSize(3)
        .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(5));
    assertThat(Files.readAllLines(temporary.resolve("run/metrics.jsonl")).getLast())
        .contains("\"late\":7");
    List<String> table = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(table).hasSize(3);
    assertThat(table.getLast().strip().split(" +")).hasSize(5);
  }
}
