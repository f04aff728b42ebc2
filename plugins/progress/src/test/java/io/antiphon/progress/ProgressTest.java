package io.antiphon.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Epoch;
import io.antiphon.core.LambdaCallback;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import io.antiphon.core.Samples;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressTest {
  private static final String ERASE = "\r\u001b[K";

  @TempDir Path temporary;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong time = new AtomicLong();

  @Test
  void elsewhereThanOnATerminalEveryEpochIsOnePlainLine() {
    fit(progress(false), 3);
    assertThat(text()).doesNotContain("\r", "\u001b");
    List<String> lines = text().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getFirst()).isEqualTo("epoch  train_loss  valid_loss  constant      time");
    assertThat(lines).allMatch(line -> line.length() == lines.getFirst().length());
    assertThat(lines.get(3))
        .matches(" {4}2 {4}0\\.\\d{6} {4}0\\.\\d{6}  0\\.250000 {5}\\d+\\.\\d\\ds");
  }

  @Test
  void onATerminalTheBarIsDrawnOverItselfAndGoneAtTheEnd() {
    fit(progress(true), 2);
    assertThat(text())
        .contains(
            "epoch 1/2  ", "epoch 2/2  ", "█", "loss 0.", " samples/s", " left", "  validating ");
    assertThat(screen())
        .hasSize(3)
        .noneMatch(line -> line.contains("█") || line.contains("/2"))
        .first()
        .asString()
        .startsWith("epoch");
    assertThat(text()).endsWith("\n");
  }

  @Test
  void theBarIsDrawnAtMostTenTimesASecond() {
    var slow =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            time.addAndGet(10_000_000); // 10 ms
          }
        };
    Progress progress = new Progress(new Screen(stream(), true, 80), time::get);
    long begun;
    try (Learner learner = TinyTask.learner().callbacks(progress, slow).build()) {
      begun = time.get();
      learner.fit(20);
    }
    long drawn = Arrays.stream(text().split("\\r", -1)).filter(s -> s.contains("left")).count();
    double tenths = (time.get() - begun) / 1e8;
    assertThat((double) drawn).isGreaterThan(tenths / 2).isLessThanOrEqualTo(tenths + 2 * 20);
  }

  @Test
  void theBarDoesNotOutliveAFailedOrCancelledRun() {
    var failing =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.pass().epoch().index() == 1) {
              throw new IllegalStateException("broken");
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(progress(true), failing).build()) {
      assertThatThrownBy(() -> learner.fit(2)).isInstanceOf(CallbackException.class);
    }
    assertThat(screen()).hasSize(2).last().asString().startsWith("    0 "); // of 1 nothing was done
    assertThat(screen()).noneMatch(line -> line.contains("█"));

    bytes.reset();
    var cancelling =
        new Callback() {
          @Override
          public void beforeValidate(Pass pass) {
            throw new CancelFitException("enough");
          }
        };
    fit(progress(true), 2, cancelling);
    assertThat(screen()).hasSize(2).last().asString().endsWith("cut short");
  }

  @Test
  void aValidationHasABarButNoTable() {
    try (Learner learner = TinyTask.learner().callbacks(progress(true)).build()) {
      learner.validate();
      assertThat(text()).contains("validating  ");
      assertThat(screen()).isEmpty();
    }
    bytes.reset();
    try (Learner learner = TinyTask.learner().callbacks(progress(false)).build()) {
      learner.validate();
      assertThat(text()).isEmpty();
    }
  }

  @Test
  void keepsTheContractOfAllCallbacks() {
    CallbackContract.of(() -> progress(true)).verify();
  }

  @Test
  void barsFillTheirWidthAndNoMore() {
    var bar = training(75, 125, 0.2134, 12_345.6, 3);
    assertThat(bar.line(159, true))
        .isEqualTo(
            "epoch 2/4  ██████████████░░░░░░░░░░ 75/125  loss 0.2134  12,346 samples/s  0:03 left");
    assertThat(bar.line(79, false))
        .isEqualTo(
            "epoch 2/4  ###########........ 75/125  loss 0.2134  12,346 samples/s  0:03 left")
        .hasSize(79);
    assertThat(bar.line(59, true))
        .isEqualTo("epoch 2/4  ████░░░ 75/125  loss 0.2134  12,346/s  0:03 left")
        .hasSize(59);
    assertThat(bar.line(50, true)).isEqualTo("epoch 2/4  ████░░░░ 75/125  loss 0.2134  0:03 left");
    assertThat(bar.line(40, true)).isEqualTo("epoch 2/4  ██████░░░░░ 75/125  0:03 left");
    assertThat(bar.line(12, true)).isEqualTo("epoch 2/4  7");
    assertThat(training(0, 0, Double.NaN, Double.NaN, Double.NaN).line(79, true))
        .isEqualTo("epoch 2/4  ░░░░░░░░░░░░░░░░░░░░░░░░ 0/0");
    assertThat(training(9, 8, Double.NaN, 7.5, 4000).line(79, true))
        .isEqualTo("epoch 2/4  ████████████████████████ 9/8  7.5 samples/s  1:06:40 left");
  }

  @Test
  void aValidationHasABarInsideOfTheEpochs() {
    var bar =
        new ProgressBar(
            "epoch 2/4",
            new ProgressBar.Part(125, 125),
            Optional.of(new ProgressBar.Inner("validating", new ProgressBar.Part(16, 32))),
            Double.NaN,
            20_000,
            3);
    assertThat(bar.line(159, true))
        .isEqualTo(
            "epoch 2/4  ████████████████████████ 125/125  validating ██████░░░░░░ 16/32"
                + "  20,000 samples/s  0:03 left");
    assertThat(bar.line(79, false))
        .hasSizeLessThanOrEqualTo(79)
        .contains("125/125  validating ##", "16/32", "0:03 left");
    assertThat(bar.line(59, true)).hasSizeLessThanOrEqualTo(59).contains("validating", "0:03 left");
  }

  @Test
  void longWorkBeforeAFitHasABarAndShortWorkHasNone() {
    var screen = new Screen(stream(), true, 80);
    try (var work = new WorkBar.Drawn("drawing digits", 4_000_000, screen, time::get)) {
      time.addAndGet(400_000_000);
      work.add(400_000);
      assertThat(text()).isEmpty();
      time.addAndGet(600_000_000);
      work.add(600_000);
      assertThat(text()).contains("drawing digits  ██████░░░░░░░░░░░░░░░░░░ 25 %  0:03 left");
    }
    assertThat(screen()).isEmpty();
    bytes.reset();
    try (var work = io.antiphon.core.spi.Work.begin("nobody looks", 10)) {
      work.add(10);
    }
    assertThat(text()).isEmpty();
  }

  @Test
  void whatCallbacksPrintStandsAboveTheBar() {
    PrintStream before = System.out;
    PrintStream out = stream();
    var talker =
        new LambdaCallback("talker")
            .afterBatch(batch -> {
              time.addAndGet(1_000_000_000);
              if (batch.isTraining() && batch.index() == 1) {
                System.out.println("a line");
                System.out.print("a part");
              }
            });
    try (Learner learner = TinyTask.learner().build()) {
      System.setOut(out);
      learner.fit(1, new Progress(new Screen(out, true, 80), time::get), talker);
      assertThat(System.out).isSameAs(out);
    } finally {
      System.setOut(before);
    }
    assertThat(screen())
        .hasSize(4)
        .startsWith("epoch  train_loss  valid_loss      time", "a line", "a part");
  }

  private static ProgressBar training(
      int done, int batches, double loss, double rate, double seconds) {
    return new ProgressBar(
        "epoch 2/4", new ProgressBar.Part(done, batches), Optional.empty(), loss, rate, seconds);
  }

  @Test
  void theRateIsThatOfThePartThatRuns() {
    var slow =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            time.addAndGet(batch.isTraining() ? 1_000_000_000 : 250_000_000);
          }
        };
    Progress progress = new Progress(new Screen(stream(), true, 160), time::get);
    try (Learner learner = TinyTask.learner().callbacks(progress, slow).build()) {
      learner.fit(1);
    }
    assertThat(text()).contains("  8.0 samples/s").contains("  32 samples/s");
  }

  @Test
  void aRunThatGoesOnTellsTheTimeThatIsLeftByWhatItDidItself() {
    var slow =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            time.addAndGet(batch.isTraining() ? 1_000_000_000 : 0);
          }
        };
    Path folder = temporary.resolve("checkpoint");
    var saver =
        new Callback() {
          @Override
          public void afterEpoch(Epoch epoch) {
            if (epoch.index() == 1) {
              epoch.fit().whenSettled(() -> epoch.fit().learner().save(folder));
            }
          }
        };
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(4, saver);
    }
    Progress progress = new Progress(new Screen(stream(), true, 160), time::get);
    long batches;
    try (Learner learner = TinyTask.learner().callbacks(progress, slow).build()) {
      batches = learner.trainData().batches();
      learner.load(folder);
      learner.fit(4);
    }
    // a second a batch, and two of four epochs are done
    assertThat(text())
        .contains("epoch 3/4", "  0:%02d left".formatted(2 * batches - 1))
        .doesNotContain("epoch 1/4");
    assertThat(screen()).hasSize(3);
  }

  @Test
  void inJavaItTakesOneLine() {
    PrintStream out = System.out;
    System.setOut(stream());
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(2, new Progress(new Progress.Options(Progress.Bar.NEVER)));
    } finally {
      System.setOut(out);
    }
    assertThat(text().lines()).hasSize(3);
  }

  @Test
  void anEpochThatWaitedForDataSaysSo() {
    var slow =
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            time.addAndGet(2_000_000_000);
          }
        };
    for (int milliseconds : new int[] {30, 300}) {
      bytes.reset();
      try (Learner learner = TinyTask.learner().callbacks(progress(false), slow).build()) {
        learner.trainData(waiting(learner.trainData(), Duration.ofMillis(milliseconds)));
        learner.fit(1);
      }
      if (milliseconds == 30) { // 1.5 %
        assertThat(text()).doesNotContain("waited");
      } else {
        assertThat(text()).containsPattern("s  waited 0\\.3 s \\(1[45] %\\) for data\n$");
      }
    }
  }

  /// {@return the same data, of which the loop is said to have waited}
  private static DataLoader waiting(DataLoader data, Duration waited) {
    return new DataLoader() {
      @Override
      public int batches() {
        return data.batches();
      }

      @Override
      public long samples() {
        return data.samples();
      }

      @Override
      public List<Shape> inputShapes() {
        return data.inputShapes();
      }

      @Override
      public Batches open(long seed, long epoch, int first) {
        Batches batches = data.open(seed, epoch, first);
        return new Batches() {
          @Override
          public boolean hasNext() {
            return batches.hasNext();
          }

          @Override
          public Samples next(NDManager manager) {
            return batches.next(manager);
          }

          @Override
          public Duration waited() {
            return waited;
          }

          @Override
          public void close() {
            batches.close();
          }
        };
      }
    };
  }

  @Test
  void numbersKeepToTheirColumns() {
    assertThat(EpochTable.number(Double.NaN)).isEqualTo("-");
    assertThat(EpochTable.number(0)).isEqualTo("0.000000");
    assertThat(EpochTable.number(0.98765432)).isEqualTo("0.987654");
    assertThat(EpochTable.number(-1.5)).isEqualTo("-1.50000");
    assertThat(EpochTable.number(107616.61)).isEqualTo("107616.6");
    assertThat(EpochTable.number(-107616.61)).isEqualTo("-107617");
    assertThat(EpochTable.number(-1.5e-7)).isEqualTo("-1.5e-07");
    assertThat(EpochTable.number(-99999.9)).isEqualTo("-99999.9");
    assertThat(EpochTable.number(12345.678)).isEqualTo("12345.68");
    assertThat(EpochTable.number(1.5e-7)).isEqualTo("1.50e-07");
    assertThat(EpochTable.number(1e30)).isEqualTo("1.00e+30");
    assertThat(EpochTable.number(Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
    assertThat(EpochTable.time(0.349)).isEqualTo("0.35s");
    assertThat(EpochTable.time(59.999)).isEqualTo("1:00");
    assertThat(EpochTable.time(3723)).isEqualTo("1:02:03");
  }

  @Test
  void aScreenWithoutBlockCharactersGetsPlainOnes() {
    var ascii = new PrintStream(bytes, true, StandardCharsets.US_ASCII);
    new Screen(ascii, true, 80).draw(training(1, 2, Double.NaN, Double.NaN, 1));
    assertThat(bytes.toString(StandardCharsets.US_ASCII))
        .isEqualTo(
            ERASE + "\u001b[?7lepoch 2/4  ############............ 1/2  0:01 left\u001b[?7h");
  }

  @Test
  void theWidthComesFromTheEnvironmentOrIsEighty() {
    assertThat(Screen.width(null)).isEqualTo(80);
    assertThat(Screen.width("132")).isEqualTo(132);
    assertThat(Screen.width("wide")).isEqualTo(80);
    assertThat(Screen.width("0")).isEqualTo(80);
  }

  private void fit(Progress progress, int epochs, Callback... more) {
    try (Learner learner = TinyTask.learner().metrics(new Constant()).callbacks(progress).build()) {
      learner.fit(epochs, more);
    }
  }

  // Time that has always gone on by a tenth of a second.
  private Progress progress(boolean live) {
    return new Progress(new Screen(stream(), live, 80), () -> time.addAndGet(100_000_000));
  }

  private PrintStream stream() {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /// {@return what a terminal shows after all of it}
  private List<String> screen() {
    return Arrays.stream(text().split("\n"))
        .map(line ->
            line.substring(line.lastIndexOf('\r') + 1).replaceAll("\u001b\\[(K|\\?7[lh])", ""))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static final class Constant implements Metric {
    @Override
    public String name() {
      return "constant";
    }

    @Override
    public void reset(Pass pass) {}

    @Override
    public void add(Batch batch) {}

    @Override
    public double value() {
      return 0.25;
    }
  }
}
