package io.antiphon.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.antiphon.core.Learner;
import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.metrics.Recorder;
import io.antiphon.schedule.LrFinder;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotTest {
  private static final Pattern LINE = Pattern.compile("stroke-width=\"2.0\".* points=\"([^\"]*)\"");

  @TempDir private static Path shared;

  @TempDir Path temporary;

  /// Trains once, for all who look at its pictures.
  @BeforeAll
  static void train() {
    Experiment experiment =
        ExperimentFile.builtIn()
            .with(
                List.of(
                    "data={use: glyphs, train: 512, valid: 128, batch-size: 16}",
                    "model={use: cnn, channels: [8, 16]}",
                    "device=cpu",
                    "fit={policy: one-cycle, epochs: 4, lr: 0.01}",
                    "callbacks=[{ plot: { every: 4 } }]"),
                shared)
            .resolve(Catalog.boot());
    try (Run run = Run.of(experiment, shared.resolve("run"), _ -> {})) {
      run.train();
    }
  }

  private static List<String> pictures(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*\\.(svg|png|part)"))
          .sorted()
          .toList();
    }
  }

  @Test
  void aRunLeavesItsLossesMetricsAndSchedulesAsPictures() throws Exception {
    Path folder = shared.resolve("run");
    assertThat(pictures(folder))
        .containsExactly(
            "losses.png",
            "losses.svg",
            "metrics.png",
            "metrics.svg",
            "schedules.png",
            "schedules.svg");
    for (String name : List.of("losses", "metrics", "schedules")) {
      Path svg = folder.resolve(name + ".svg");
      var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
      assertThat(document.getElementsByTagName("title").item(0).getTextContent()).isEqualTo(name);
      BufferedImage png = ImageIO.read(folder.resolve(name + ".png").toFile());
      assertThat(png.getWidth()).isEqualTo(2 * Panel.WIDTH);
      assertThat(
              Arrays.stream(
                      png.getRGB(0, 0, png.getWidth(), png.getHeight(), null, 0, png.getWidth()))
                  .distinct()
                  .count())
          .as("colours of %s", name)
          .isGreaterThan(10);
    }
    assertThat(Files.readString(folder.resolve("losses.svg")))
        .contains(">each batch<", ">smoothed<", ">training<", ">validation<", ">step<");
    assertThat(Files.readString(folder.resolve("metrics.svg"))).contains(">accuracy<");
    assertThat(Files.readString(folder.resolve("schedules.svg"))).contains(">lr<", ">momentum<");
  }

  @Test
  void theLineOfAScheduleIsTheSchedule() throws IOException {
    Matcher lines = LINE.matcher(Files.readString(shared.resolve("run/schedules.svg")));
    assertThat(lines.find()).isTrue();
    List<Double> up =
        Arrays.stream(lines.group(1).split(" "))
            .map(point -> -Double.parseDouble(point.split(",")[1]))
            .toList();
    assertThat(up).as("one point for each batch").hasSize(128);
    int highest = up.indexOf(up.stream().max(Double::compare).orElseThrow());
    assertThat(highest).as("a quarter warms up, as fastai has it").isBetween(30, 33);
    assertThat(up.getLast())
        .as("and it ends lowest")
        .isEqualTo(up.stream().min(Double::compare).orElseThrow());
  }

  @Test
  void aProbeOfLearningRatesLeavesItsCurve() throws IOException {
    try (Learner learner =
        TinyTask.learner()
            .callbacks(new Recorder(), new Plot(temporary.resolve("probe")))
            .build()) {
      LrFinder.STANDARD.range(1e-4, 10).iterations(40).find(learner);
    }
    assertThat(pictures(temporary.resolve("probe"))).containsExactly("lr-find.png", "lr-find.svg");
    assertThat(Files.readString(temporary.resolve("probe/lr-find.svg")))
        .contains(">1e-3<", ">1e-1<", ">learning rate<");
  }

  @Test
  void ticksAreRoundNumbersWithin() {
    assertThat(Panel.ticks(0.13, 0.94, 5)).containsExactly(0.2, 0.4, 0.6000000000000001, 0.8);
    assertThat(Panel.ticks(-3, 12, 8)).containsExactly(-2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0);
    assertThat(Panel.ticks(1e-7, 1.1e-7, 5))
        .hasSizeLessThanOrEqualTo(6)
        .allMatch(tick -> tick >= 1e-7);
    assertThat(Panel.ticks(0, 1, 1).getLast()).isEqualTo(1, offset(1e-9));
  }

  @Test
  void withoutARecorderItIsRefused() {
    try (Learner learner = TinyTask.learner().build()) {
      assertThatThrownBy(() -> new Plot(temporary).check(learner))
          .hasMessageContaining("plot draws what a recorder records, and there is none");
    }
  }

  @Test
  void aFolderThatCannotBeWrittenEndsNothing() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "in the way");
    try (Learner learner =
        TinyTask.learner().callbacks(new Recorder(), new Plot(file.resolve("x"))).build()) {
      assertThat(learner.fit(1).outcome().isFinished()).isTrue();
    }
  }

  @Test
  void aFormThatCannotBeWrittenLeavesTheOther() throws IOException {
    Path folder = temporary.resolve("größe & more");
    Files.createDirectories(folder.resolve("losses.png/in the way"));
    var options = new Plot.Options(folder).formats(List.of(Plot.Format.PNG, Plot.Format.SVG));
    try (Learner learner =
        TinyTask.learner().callbacks(new Recorder(), new Plot(options)).build()) {
      learner.fit(1);
    }
    assertThat(Files.readString(folder.resolve("losses.svg"))).contains(">each batch<");
  }

  @Test
  void theNamesOfManyCurvesStayInThePicture() {
    var curves = new ArrayList<Panel.Curve>();
    for (int i = 0; i < 12; i++) {
      curves.add(
          new Panel.Curve(
              "a long name, number " + i, false, false, new double[] {0, 1}, new double[] {i, 1}));
    }
    var canvas = new SvgCanvas(Panel.WIDTH, Panel.HEIGHT, "many");
    new Panel("many", "step", false, curves).draw(canvas, 0);
    String svg = new String(canvas.toBytes(), StandardCharsets.UTF_8);
    assertThat(svg).contains(">a long name, number 3<", ">…<").doesNotContain("number 4");
    assertThat(svg.split("<polyline[^>]*stroke-width=\"2.0\"")).hasSize(13);
  }

  @Test
  void keepsTheContractOfAllCallbacks() {
    CallbackContract.of(() ->
            new Plot(
                new Plot.Options(temporary.resolve("contract")).formats(List.of(Plot.Format.SVG))))
        .on(() -> TinyTask.learner().callbacks(new Recorder()))
        .verify();
  }
}
