package io.antiphon.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.tensorboard.EventReader.Fields;
import io.antiphon.testkit.TinyTask;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardTest {
  private static final int SUMMARY = 5;

  @TempDir Path temporary;

  /// A value in a summary, with its step.
  private record Value(long step, Fields fields) {}

  private static Map<String, List<Value>> values(Path folder) throws IOException {
    var values = new LinkedHashMap<String, List<Value>>();
    for (Fields event : EventReader.events(folder)) {
      if (event.has(SUMMARY)) {
        Fields value = event.message(SUMMARY).message(1);
        values
            .computeIfAbsent(value.text(1), _ -> new ArrayList<>())
            .add(new Value(event.whole(2), value));
      }
    }
    return values;
  }

  private static double[] scalars(List<Value> values) {
    return values.stream().mapToDouble(value -> value.fields().narrow(2)).toArray();
  }

  private static long[] steps(List<Value> values) {
    return values.stream().mapToLong(Value::step).toArray();
  }

  private Run run(String folder, String... settings) {
    var all =
        new ArrayList<>(
            List.of(
                "data={use: glyphs, train: 64, valid: 32, batch-size: 8}",
                "model={use: cnn, channels: [4, 8]}",
                "device=cpu",
                "fit={policy: fit, epochs: 2}",
                "callbacks=[{ tensorboard: { every: 2, images: 3 } }]"));
    all.addAll(List.of(settings));
    Experiment experiment = ExperimentFile.builtIn().with(all, temporary).resolve(Catalog.boot());
    return Run.of(experiment, temporary.resolve(folder), _ -> {});
  }

  @Test
  void aRunsNumbersHyperParametersTextsAndHistogramsAreInItsFolder() throws IOException {
    FitResult result;
    List<Row> rows;
    try (Run run = run("digits")) {
      result = run.train();
      rows = run.rows();
    }
    assertThat(result.outcome().isFinished()).isTrue();
    Path folder = temporary.resolve("digits");
    List<Fields> events = EventReader.events(folder);
    assertThat(events.getFirst().text(3)).isEqualTo("brain.Event:2");
    assertThat(events).allSatisfy(event -> assertThat(event.real(1)).isGreaterThan(1.7e9));

    Map<String, List<Value>> values = values(folder);
    assertThat(steps(values.get("loss/batch"))).containsExactly(2, 4, 6, 8, 10, 12, 14, 16);
    assertThat(steps(values.get("accuracy/valid"))).containsExactly(8, 16);
    assertThat(scalars(values.get("loss/valid")))
        .usingComparatorWithPrecision(1e-6)
        .containsExactly(rows.stream().mapToDouble(Row::validLoss).toArray());
    assertThat(values.keySet()).anyMatch(tag -> tag.startsWith("hyper/lr"));

    String settings = values.get("settings").getFirst().fields().message(8).text(8);
    assertThat(settings).contains("| data.train | `64` |", "| data.use | `glyphs` |");
    assertThat(values.get("settings").getFirst().fields().message(9).message(1).text(1))
        .isEqualTo("text");
    assertThat(values.get("plan").getFirst().fields().message(8).text(8)).contains("tensorboard");

    long histograms =
        values.entrySet().stream()
            .filter(each -> each.getKey().startsWith("weights/"))
            .peek(each -> assertThat(steps(each.getValue())).containsExactly(8, 16))
            .count();
    assertThat(histograms).isGreaterThan(3);
    assertThat(values.keySet()).anyMatch(tag -> tag.startsWith("gradients/"));
  }

  @Test
  void hyperParametersAreThoseOfTheExperimentByTheirTypes() throws IOException {
    try (Run run = run("digits")) {
      run.train();
    }
    Map<String, List<Value>> values = values(temporary.resolve("digits"));
    Fields begun = data(values.get("_hparams_/session_start_info")).message(3);
    var hypers = new LinkedHashMap<String, Fields>();
    begun.messages(1).forEach(entry -> hypers.put(entry.text(1), entry.message(2)));
    assertThat(hypers.get("data.train").real(2)).isEqualTo(64);
    assertThat(hypers.get("data.use").text(3)).isEqualTo("glyphs");
    assertThat(begun.text(4)).isEqualTo("digits");

    Fields experiment = data(values.get("_hparams_/experiment")).message(2);
    assertThat(experiment.messages(5))
        .extracting(metric -> metric.message(1).text(2))
        .containsExactly("loss/train", "loss/valid", "accuracy/valid");
    assertThat(experiment.messages(4))
        .extracting(info -> info.text(1))
        .containsExactlyElementsOf(hypers.keySet());
    assertThat(data(values.get("_hparams_/session_end_info")).message(4).whole(1))
        .as("success")
        .isEqualTo(1);
  }

  private static Fields data(List<Value> values) {
    Fields plugin = values.getFirst().fields().message(9).message(1);
    assertThat(plugin.text(1)).isEqualTo("hparams");
    return plugin.message(2);
  }

  @Test
  void theFirstBatchIsShownInImages() throws IOException {
    try (Run run = run("digits")) {
      run.train();
    }
    List<String> tags =
        values(temporary.resolve("digits")).keySet().stream()
            .filter(tag -> tag.startsWith("first batch/"))
            .toList();
    assertThat(tags).containsExactly("first batch/0", "first batch/1", "first batch/2");
    Fields image =
        values(temporary.resolve("digits")).get(tags.getFirst()).getFirst().fields().message(4);
    var png = new DataInputStream(new ByteArrayInputStream(image.bytes(4)));
    assertThat(png.readNBytes(8)).startsWith(0x89, 'P', 'N', 'G');
    png.skipBytes(8); // the length of the head, and its name
    assertThat(List.of((long) png.readInt(), (long) png.readInt()))
        .isEqualTo(List.of(image.whole(2), image.whole(1)));
  }

  @Test
  void theMostWrongSamplesOfEachValidationAreImagesWithATableOfWhatTheyAre() throws IOException {
    try (Run run = run("digits")) {
      run.train();
    }
    Map<String, List<Value>> values = values(temporary.resolve("digits"));
    assertThat(values.keySet().stream().filter(tag -> tag.startsWith("most wrong/")))
        .containsExactly("most wrong/0", "most wrong/1", "most wrong/2");
    assertThat(steps(values.get("most wrong/2"))).containsExactly(8, 16);
    String table = values.get("most wrong").getLast().fields().message(8).text(8);
    assertThat(table.lines())
        .hasSize(5)
        .last()
        .asString()
        .matches("\\| 2 \\| \\d+ \\| \\d\\.\\d{4} \\| \\d \\| \\d \\(\\d+ %\\) \\|");
  }

  @Test
  void aRunThatGoesOnMakesVoidWhatWasAfterItsCheckpoint() throws IOException {
    var settings = "callbacks=[tensorboard, { save-model: { every: 1 epochs } }]";
    try (Run run = run("digits", settings, "fit.epochs=3")) {
      run.interrupt();
      run.train();
    }
    Path folder = temporary.resolve("digits");
    Experiment experiment = ExperimentFile.read(Run.experiment(folder)).resolve(Catalog.boot());
    try (Run run = Run.resume(experiment, folder, _ -> {})) {
      long from = run.resumedFrom().orElseThrow().steps();
      run.train();
      assertThat(EventReader.events(folder))
          .filteredOn(event -> event.has(7))
          .singleElement()
          .satisfies(event -> {
            assertThat(event.message(7).whole(1)).as("start").isEqualTo(1);
            assertThat(event.whole(2)).isEqualTo(from + 1);
          });
    }
  }

  @Test
  void nothingOfItStaysWithTheLearner() {
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1);
      int before = learner.manager().getManagedArrays().size();
      Callback callback = new TensorBoard(temporary.resolve("logs"));
      learner.fit(2, callback);
      assertThat(learner.manager().getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void aFolderThatCannotBeWrittenEndsNothing() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "in the way");
    try (Learner learner = TinyTask.learner().build()) {
      assertThat(learner.fit(2, new TensorBoard(file.resolve("logs"))).outcome().isFinished())
          .isTrue();
    }
    assertThat(file).hasContent("in the way");
  }

  @Test
  void aHistogramCountsEveryFiniteValueInItsPart() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    float[] values = new float[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-3, 5);
    }
    values[17] = Float.NaN;
    values[18] = Float.POSITIVE_INFINITY;
    Histogram histogram = Histogram.of(values);
    assertThat(histogram.count()).as("seed %d", seed).isEqualTo(998);
    double before = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < histogram.limits().length; i++) {
      double from = before;
      double to = histogram.limits()[i];
      long inside = 0;
      for (float value : values) {
        inside += Float.isFinite(value) && value > from && value <= to ? 1 : 0;
      }
      assertThat(histogram.counts()[i]).as("part %d, seed %d", i, seed).isEqualTo(inside);
      before = to;
    }
    assertThat(histogram.sum())
        .isEqualTo(
            java.util.stream.IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .filter(Double::isFinite)
                .sum(),
            offset(1e-6));
    assertThat(Histogram.of(new float[] {2, 2}).counts()).containsExactly(2);
    assertThat(Histogram.of(new float[0]).count()).isZero();
  }

  /// The check value of CRC-32C in RFC 3720, B.4: 32 bytes of zeros.
  @Test
  void theReaderOfTheseTestsComputesChecksumsAsPublished() {
    assertThat(EventReader.crc32c(new byte[32])).isEqualTo(0x8a9136aa);
    assertThat(EventReader.crc32c("123456789".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(0xe3069283);
  }
}
