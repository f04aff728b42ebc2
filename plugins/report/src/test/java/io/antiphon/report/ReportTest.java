package io.antiphon.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.Pass;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.spi.ComparisonPage;
import io.antiphon.core.spi.Task;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.metrics.Recorder;
import io.antiphon.testkit.TinyTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Pattern DATA =
      Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>");

  @TempDir Path temporary;

  private Path run(String... settings) throws IOException {
    var all =
        new java.util.ArrayList<>(
            List.of(
                "data={use: glyphs, train: 512, valid: 128, batch-size: 16}",
                "model={use: cnn, channels: [8, 16]}",
                "device=cpu",
                "fit={policy: one-cycle, epochs: 4, lr: 0.01}",
                "callbacks=[report]"));
    all.addAll(List.of(settings));
    Experiment experiment = ExperimentFile.builtIn().with(all, temporary).resolve(Catalog.boot());
    try (Run run = Run.of(experiment, temporary.resolve("run"), _ -> {})) {
      run.train();
      Recorder recorder = run.prepared().learner().callback(Recorder.class).orElseThrow();
      assertThat(values(Files.readString(temporary.resolve("run/report.html")), "each batch"))
          .usingComparatorWithPrecision(1e-4)
          .containsExactly(recorder.losses());
    }
    return temporary.resolve("run/report.html");
  }

  @Test
  void showsARunInOneFileThatNeedsNoNetwork() throws IOException {
    Path file = run();
    String html = Files.readString(file);
    assertThat(Files.size(file)).isLessThan(1_000_000);
    assertThat(html)
        .contains(
            ">finished</p>", "4 epochs", "128 steps", "Leon Sorokin", "id=worst", "id=\"plan\"")
        .contains("io.antiphon.report", "id=\"experiment\"", "data:image/png;base64,")
        .doesNotContain("src=\"http", "href=\"http", "@import", "{{");
    assertThat(values(html, "lr")).hasSize(128); // the schedule, step by step
    assertThat(values(html, "norm of gradients"))
        .hasSizeGreaterThan(100)
        .satisfies(norms -> assertThat(Arrays.stream(norms).min().orElseThrow()).isPositive());
    assertThat(values(html, "validation")).hasSize(4);
    try (Stream<Path> inside = Files.list(file.getParent())) {
      assertThat(inside.map(each -> each.getFileName().toString()))
          .noneMatch(name -> name.endsWith(".part"));
    }
  }

  @Test
  void showsRunsSideBySide() {
    var higherIsBetter = Map.of("valid_loss", false, "accuracy", true);
    var runs =
        List.of(
            side("<one>", "finished", 0.5, 0.7, 0.6),
            side("other", "stopped", 0.9, Double.NaN, 0.8));
    var differences = new LinkedHashMap<>(Map.of("fit.lr", List.of("0.01", "")));
    var parts =
        List.of(
            new ComparisonPage.Part(
                "What <came> of it",
                "a < b\ntwo",
                List.of(List.of("trial", "lr"), List.of("0", "<b>")),
                "<svg id=drawn></svg>"));
    String html =
        new SideBySide()
            .html(new ComparisonPage.Comparison("a & b", parts, runs, differences, higherIsBetter));
    assertThat(html)
        .contains("<title>a &amp; b</title>", "<h2>What &lt;came&gt; of it</h2>")
        .contains("<p>a &lt; b</p><p>two</p>", "<svg id=drawn></svg>", "<td>&lt;b&gt;</td>")
        .contains("&lt;one&gt;", "<th scope=row>fit.lr</th><td>0.01</td><td>–</td>")
        .contains("<td>0.6<br><small>best 0.7 in epoch 1</small></td>")
        .contains("<td>0.8<br><small>best 0.9 in epoch 0</small></td>")
        .doesNotContain("<one>", "{{", "src=\"http");
    assertThat(values(html, "other")).as("there is no second value").containsExactly(0.9, 0.8);
  }

  private static ComparisonPage.Run side(String name, String state, double... accuracies) {
    var rows = new ArrayList<Row>();
    for (int i = 0; i < accuracies.length; i++) {
      rows.add(
          new Row(
              i,
              i,
              100 * (i + 1),
              List.of(new Row.Cell("accuracy", accuracies[i])),
              0.1,
              1,
              false));
    }
    return new ComparisonPage.Run(name, new LinkedHashMap<>(Map.of("state", state)), rows);
  }

  /// What a report remembers of a run without layers and a probe.
  private static Report.State state(
      List<Row> rows, List<Report.SavedCurve> curves, ai.djl.ndarray.NDList values) {
    return new Report.State(
        "2026-01-01T00:00:00Z",
        rows,
        curves,
        values,
        0,
        0,
        List.of(),
        new ai.djl.ndarray.NDList(),
        List.of(),
        List.of());
  }

  @Test
  void showsWhatLayersGiveAndGoesOnWithItAfterACheckpoint() throws IOException {
    Path file = temporary.resolve("report.html");
    Path saved = temporary.resolve("saved");
    var saves =
        new Callback() {
          @Override
          public void afterEpoch(io.antiphon.core.Epoch epoch) {
            if (epoch.index() == 0) {
              epoch.fit().whenSettled(() -> epoch.fit().learner().save(saved));
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new Report(file), saves).build()) {
      learner.fit(2);
    }
    String whole = activations(file);
    assertThat(whole)
        .contains(
            "<img alt=\"histograms of ", "magnitudes 0 to ", "; at the end mean ", " near zero");
    try (Learner learner = TinyTask.learner().callbacks(new Report(file), saves).build()) {
      learner.load(saved);
      learner.fit(2);
    }
    assertThat(activations(file)).isEqualTo(whole);
    var without = new Report(new Report.Options(file).activations(false));
    try (Learner learner = TinyTask.learner().callbacks(without).build()) {
      learner.fit(1);
    }
    assertThat(Files.readString(file)).doesNotContain("id=\"activations\"");
  }

  private static String activations(Path file) throws IOException {
    String html = Files.readString(file);
    int begin = html.indexOf("<section id=\"activations\">");
    return html.substring(begin, html.indexOf("</section>", begin));
  }

  @Test
  void aLayersStripIsAHistogramForEachLook() {
    var strip = new Strip(2);
    for (int i = 0; i < 300; i++) {
      strip.add(new float[] {i < 150 ? 1 : 0, i < 150 ? 0 : 1});
    }
    assertThat(strip.size()).as("4 looks became one").isEqualTo(75);
    assertThat(strip.share(0, 0)).isEqualTo(1);
    assertThat(strip.share(37, 0)).as("2 of 4").isEqualTo(0.5);
    assertThat(strip.share(74, 1)).isEqualTo(1);
    assertThat(strip.filled()).isEqualTo(2);
    try (var manager = ai.djl.ndarray.NDManager.newBaseManager()) {
      Strip again = Strip.of(strip.array(manager));
      for (int i = 0; i < 300; i++) {
        strip.add(new float[] {0, 1});
        again.add(new float[] {0, 1});
      }
      assertThat(again.array(manager).toDoubleArray())
          .containsExactly(strip.array(manager).toDoubleArray());
    }
  }

  @Test
  void aProbeOfLearningRatesIsACurveInItsReportAndInThoseThatFollow() throws IOException {
    Path file = temporary.resolve("report.html");
    try (Learner learner = TinyTask.learner().callbacks(new Report(file)).build()) {
      io.antiphon.schedule.LrFinder.STANDARD.iterations(20).find(learner);
      String probed = Files.readString(file);
      assertThat(probed).contains(">probe of learning rates</p>", "\"x\":\"learning rate\"");
      double[] losses = values(probed, "smoothed loss");
      assertThat(losses).hasSizeBetween(2, 20);
      learner.fit(1);
      String html = Files.readString(file);
      assertThat(values(html, "smoothed loss")).containsExactly(losses);
      assertThat(html).contains(">finished</p>", "1 epoch<");
    }
  }

  @Test
  void countsWhatIsTakenForWhatAndShowsTheWorst() throws IOException {
    Path file = temporary.resolve("report.html");
    Task task =
        new Task(
            Task.Goal.CLASSIFICATION,
            Task.of(List.of(new Shape(8, 1, 6, 6))),
            List.of("<b>row</b>", "column & \"so\""));
    try (Learner learner =
        TinyTask.learner()
            .task(task)
            .callbacks(new Report(new Report.Options(file).worst(3)))
            .build()) {
      learner.fit(2);
    }
    String html = Files.readString(file);
    assertThat(html)
        .contains("&lt;b&gt;row&lt;/b&gt;", "column &amp; &quot;so&quot;")
        .doesNotContain("<b>row", "& \"so\"");
    assertThat(html.split("<img alt=\"sample ", -1)).hasSize(4);
    Matcher counts = Pattern.compile("--share:\\d+%\">(\\d+)<").matcher(html);
    assertThat(counts.results().mapToInt(each -> Integer.parseInt(each.group(1))).sum())
        .as("validation samples")
        .isEqualTo(16);
    Matcher losses = Pattern.compile("<span>loss ([0-9.]+)<").matcher(html);
    List<Double> shown = losses.results().map(each -> Double.parseDouble(each.group(1))).toList();
    assertThat(shown).hasSize(3).isSortedAccordingTo(java.util.Comparator.reverseOrder());
  }

  @Test
  void tellsHowARunEnded() throws IOException {
    Path file = temporary.resolve("report.html");
    assertThat(ended(file, batch -> batch.fit().stopAfter(Level.BATCH, "enough <of> it")))
        .contains("stopped: enough &lt;of&gt; it</p>", "data-state=\"stopped\"");
    assertThat(
            ended(
                file,
                batch -> {
                  throw new CancelFitException("why not");
                }))
        .contains("cancelled by ender: why not</p>", "data-state=\"cancelled\"");
    assertThatThrownBy(() ->
            ended(
                file,
                batch -> {
                  throw new IllegalStateException("broken");
                }))
        .isInstanceOf(CallbackException.class);
    assertThat(Files.readString(file)).contains(">failed</p>", "1 epoch<", "cut short");
  }

  private String ended(Path file, java.util.function.Consumer<Batch> how) throws IOException {
    var ender =
        new Callback() {
          @Override
          public String name() {
            return "ender";
          }

          @Override
          public void afterBatch(Batch batch) {
            if (batch.index() == 1) {
              how.accept(batch);
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new Report(file), ender).build()) {
      learner.fit(2);
    }
    return Files.readString(file);
  }

  @Test
  void isThereWhileTheRunGoesOn() {
    Path file = temporary.resolve("report.html");
    var seen = new java.util.ArrayList<String>();
    var reader =
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            if (pass.epoch().index() == 1) {
              try {
                seen.add(Files.readString(file));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(new Report(file), reader).build()) {
      learner.fit(2);
    }
    assertThat(seen).singleElement().asString().contains(">running</p>", "1 epoch<");
  }

  @Test
  void whatCannotBeWrittenOrUnderstoodDoesNotEndTheTraining() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    try (Learner learner =
        TinyTask.learner().callbacks(new Report(file.resolve("report.html"))).build()) {
      FitResult result = learner.fit(2);
      assertThat(result.outcome().isFinished()).isTrue();
    }
  }

  @Test
  void asManyNumbersAsThereMayBeFitInAMegabyte() throws IOException {
    Path file = temporary.resolve("report.html");
    var report = new Report(file);
    var rows = new java.util.ArrayList<Row>();
    for (int i = 0; i < 5000; i++) {
      rows.add(
          new Row(
              i,
              i,
              3L * i,
              List.of(
                  new Row.Cell(Row.TRAIN_LOSS, Math.random()),
                  new Row.Cell(Row.VALID_LOSS, 1.0 / i)),
              Double.NaN,
              1e-3,
              false));
    }
    try (Learner learner = TinyTask.learner().callbacks(report).build()) {
      var curves = new java.util.ArrayList<Report.SavedCurve>();
      var values = new ai.djl.ndarray.NDList();
      for (int i = 0; i < 300; i++) {
        var curve = new Curve();
        for (int step = 1; step <= 5000; step++) {
          curve.add(step, Math.sin(step * i / 1e4));
        }
        curves.add(curve.saved(new Report.Name("chart " + i / 10, "group " + i)));
        values.add(curve.array(learner.manager()));
      }
      report.restore(state(rows, curves, values));
      learner.fit(1);
    }
    assertThat(Files.size(file)).isBetween(200_000L, 1_000_000L);
    assertThat(Files.readString(file)).contains("Every 13th of them", "5,001 epochs");
  }

  @Test
  void manyPicturesAreSmallOnes() {
    assertThat(Validation.largest(1)).isEqualTo(96);
    assertThat(Validation.largest(12)).isEqualTo(83);
    assertThat(Validation.largest(100)).isEqualTo(28);
  }

  @Test
  void aCurveKeepsMeansOfNeighboursWhenItIsLong() {
    var curve = new Curve();
    for (int step = 1; step <= 5000; step++) {
      curve.add(step, step % 7 == 0 ? Double.NaN : step);
    }
    double[] values = curve.values();
    assertThat(values).hasSize(1250); // 4 steps became one
    assertThat(curve.step(0)).isEqualTo(4);
    assertThat(curve.step(1249)).isEqualTo(5000);
    assertThat(values[0]).isEqualTo(2.5);
    assertThat(values[1]).isEqualTo((5 + 6 + 8) / 3.0);
    assertThat(curve.isConstant()).isFalse();
    assertThat(curve.json("x", 100).getAsJsonArray("y").size()).isEqualTo(79);
  }

  @Test
  void numbersAreForPeople() {
    assertThat(Numbers.text(Double.NaN)).isEqualTo("–");
    assertThat(Numbers.text(0)).isEqualTo("0");
    assertThat(Numbers.text(0.987654321)).isEqualTo("0.98765");
    assertThat(Numbers.text(-12345678)).isEqualTo("−12346000");
    assertThat(Numbers.text(1.5e-8)).isEqualTo("1.5e-8");
    assertThat(Numbers.text(Double.NEGATIVE_INFINITY)).isEqualTo("−∞");
    assertThat(Numbers.time(3723)).isEqualTo("1:02:03");
  }

  /// {@return the values of the first series of a name}
  private static double[] values(String html, String name) {
    Matcher data = DATA.matcher(html);
    assertThat(data.find()).isTrue();
    for (var chart :
        com.google.gson.JsonParser.parseString(data.group(1))
            .getAsJsonObject()
            .getAsJsonArray("charts")) {
      for (var series : chart.getAsJsonObject().getAsJsonArray("series")) {
        if (series.getAsJsonObject().get("name").getAsString().equals(name)) {
          return series.getAsJsonObject().getAsJsonArray("y").asList().stream()
              .mapToDouble(value -> value.getAsDouble())
              .toArray();
        }
      }
    }
    throw new AssertionError("there is no series '" + name + "'");
  }
}
