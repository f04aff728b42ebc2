package io.antiphon.examples.fastaicallbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.metrics.Recorder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What one training leaves.
class MainTest {
  @TempDir static Path pictures;

  private static final NDManager MANAGER = NDManager.newBaseManager();
  private static final Recorder RECORDER = new Recorder();
  private static String printed;
  private static FitResult result;
  private static List<String> messages;

  @BeforeAll
  static void train() throws IOException {
    String folder = System.getProperty("antiphon.mnist");
    DataProvider digits =
        folder == null
            ? new Glyphs.Options().train(2000).valid(500)
            : new Mnist().dir(Path.of(folder)).train(2000).valid(500);
    Data data = digits.create(new DataProvider.Setting(MANAGER, 42));
    PrintStream before = System.out;
    var out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try (var telephone = new Telephone()) {
      result = Main.train(data, RECORDER, pictures, telephone);
      messages = telephone.messages();
    } finally {
      System.setOut(before);
    }
    printed = out.toString(StandardCharsets.UTF_8);
    System.out.print(printed);
  }

  @AfterAll
  static void close() {
    MANAGER.close();
  }

  @Test
  void lossesOfAllBatchesAreRecordedAndSmoothed() {
    double[] losses = RECORDER.losses();
    double[] smoothed = RECORDER.smoothedLosses();
    assertThat(losses).hasSize(3 * 32);
    double mean = 0;
    for (int i = 0; i < losses.length; i++) { // debiased, of weight 0.98
      mean = 0.98 * mean + 0.02 * losses[i];
      assertThat(smoothed[i]).isCloseTo(mean / (1 - Math.pow(0.98, i + 1)), within(1e-5));
    }
    assertThat(smoothed[95]).isLessThan(smoothed[0] / 2);
  }

  @Test
  void oneCallIsOneCycle() {
    double[] rates = RECORDER.hyper(Hyper.LEARNING_RATE);
    double[] momenta = RECORDER.hyper(Hyper.MOMENTUM);
    assertThat(rates[0]).isCloseTo(1e-2 / 25, within(1e-9));
    assertThat(rates[24]).isCloseTo(1e-2, within(1e-9)); // a quarter of the way
    assertThat(rates[95]).isLessThan(1e-5);
    assertThat(momenta[24]).isCloseTo(Arrays.stream(momenta).min().orElseThrow(), within(1e-9));
  }

  @Test
  void theTableHasNamedColumnsAndARowForEachEpoch() {
    List<String> lines = printed.lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getFirst().strip().split("\\s+"))
        .containsExactly("epoch", "train_loss", "valid_loss", "accuracy", "time");
    assertThat(lines.getLast().strip()).startsWith("2 ");
    assertThat(result.valid().orElseThrow().metrics().get("accuracy")).isGreaterThan(0.8);
  }

  @Test
  void lossesAndRatesArePlotted() throws IOException {
    for (String name : List.of("losses", "metrics", "schedules")) {
      assertThat(pictures.resolve(name + ".png")).isNotEmptyFile();
      assertThat(Files.readString(pictures.resolve(name + ".svg"))).contains("<svg", "<polyline");
    }
    assertThat(Files.readString(pictures.resolve("losses.svg")))
        .contains(">each batch<", ">smoothed<", ">training<", ">validation<");
    assertThat(Files.readString(pictures.resolve("schedules.svg"))).contains(">lr<", ">momentum<");
  }

  @Test
  void theTelephoneHearsWhenItEnds() {
    assertThat(messages).hasSize(2);
    assertThat(messages.getLast()).contains("finished", "accuracy", "valid_loss");
  }
}
