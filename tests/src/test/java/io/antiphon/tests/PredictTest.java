package io.antiphon.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import io.antiphon.cli.Main;
import io.antiphon.core.Predictions;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.Task;
import io.antiphon.experiment.Confusion;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.FinishedModelFactory;
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.PredictionLines;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/// What runs leave, and what it says of other samples.
@ResourceLock("training")
class PredictTest {
  @TempDir Path folder;

  /// {@return what the run's last epoch scored}
  private Map<String, Double> train(String data, int epochs) {
    String yaml = "device: cpu\ndata: %s\nfit: { epochs: %d }\n".formatted(data, epochs);
    try (Run run = Run.of(experiment(yaml), folder.resolve("run"), _ -> {})) {
      run.train();
      return run.rows().getLast().cells().stream()
          .collect(Collectors.toMap(Row.Cell::column, Row.Cell::value));
    }
  }

  private Experiment experiment(String yaml) {
    return ExperimentFile.parse(yaml, new Place("test", 0, 0, folder)).resolve(Catalog.boot());
  }

  private FinishedModel open() {
    return FinishedModel.open(folder.resolve("run"), Catalog.boot());
  }

  private List<Prediction> predict(FinishedModel model, Path source) {
    var all = new ArrayList<Prediction>();
    model.predict(source, all::add);
    return all;
  }

  private static List<String> lines(FinishedModel model, boolean json, List<Prediction> all) {
    var lines = new ArrayList<String>();
    all.forEach(new PredictionLines(model.task(), json, lines::add));
    return lines;
  }

  private Path table(String name, String head, int rows, boolean targets) throws IOException {
    var random = new Random(7);
    var text = new StringBuilder(head).append('\n');
    for (int i = 0; i < rows; i++) {
      double x = random.nextDouble(-1, 1);
      String kind = random.nextBoolean() ? "red" : "blue";
      text.append(x).append(',').append(kind);
      if (targets) {
        double y = 100 * x + (kind.equals("red") ? 50 : 0);
        String label = y > 60 ? "high" : y > 0 ? "middle" : "low";
        String each =
            head.contains("p,q")
                ? (x > 0 ? 1 : 0) + "," + (kind.equals("red") ? 1 : 0)
                : head.contains("label") ? label : Double.toString(y);
        text.append(',').append(each);
      }
      text.append('\n');
    }
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void whatItSaysOfTheSamplesThatValidatedIsWhatTheRunScored() throws IOException {
    Map<String, Double> scored = train("{ use: glyphs, train: 640, valid: 130 }", 2);
    Path copy = folder.resolve("copy");
    Files.move(folder.resolve("run/model"), copy);
    try (FinishedModel model = FinishedModel.open(copy, Catalog.boot())) {
      assertThat(model.description().steps()).isEqualTo(20);
      assertThat(model.description().scores()).isEqualTo(scored);
      assertThat(model.validate(model.validData()).loss()).isEqualTo(scored.get("valid_loss"));

      var all = new ArrayList<Prediction>();
      model.predict(model.validData(), all::add);
      assertThat(all).hasSize(130);
      double mean = all.stream().mapToDouble(e -> e.loss().orElseThrow()).average().orElseThrow();
      assertThat(mean).isCloseTo(scored.get("valid_loss"), within(1e-6));
      long right =
          all.stream().filter(e -> e.says().equals(e.target().orElseThrow().says())).count();
      assertThat(right / 130.0).isCloseTo(scored.get("accuracy"), within(1e-6));
      for (Prediction each : all) {
        assertThat(each.numbers().stream().mapToDouble(p -> p).sum()).isCloseTo(1, within(1e-6));
        assertThat(each.probability(model.task())).isEqualTo(Collections.max(each.numbers()));
        assertThat(
                -Math.log(
                    each.numbers()
                        .get(Integer.parseInt(each.target().orElseThrow().says().getFirst()))))
            .isCloseTo(each.loss().orElseThrow(), within(1e-4));
      }
      Confusion confusion = model.confusion();
      assertThat(model.validate(model.validData(), confusion).loss())
          .isEqualTo(scored.get("valid_loss"));
      assertThat(IntStream.range(0, 10).mapToLong(i -> confusion.of(i).get(i)).sum())
          .isEqualTo(right);

      List<String> csv = lines(model, false, all);
      assertThat(csv.getFirst())
          .isEqualTo(
              "sample,class,probability,p(0),p(1),p(2),p(3),p(4),p(5),p(6),p(7),p(8),p(9),target,loss");
      assertThat(csv).hasSize(131);
      assertThat(csv.get(1)).startsWith("0," + all.getFirst().says().getFirst() + ",");
      assertThat(lines(model, true, all).getFirst())
          .startsWith("{\"sample\":\"0\",\"class\":\"")
          .contains("\"probabilities\":{\"0\":", "\"target\":\"", "\"loss\":");
      assertThatThrownBy(() ->
              model.predict(
                  model.validData(),
                  _ -> {
                    throw new IllegalStateException("enough");
                  }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("enough");
    }
  }

  @Test
  void whatIsExportedIsRunByDjlAloneAndSaysTheSame() throws Exception {
    Path file = table("colors.csv", "x,kind,label", 200, true);
    train("{ use: csv, file: %s, target: label, valid: 0.25 }".formatted(file), 2);
    Path net = folder.resolve("net");
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(new ByteArrayOutputStream()),
            new PrintStream(err),
            "export",
            folder.resolve("run").toString(),
            "--to",
            net.toString());
    assertThat(code).as(err.toString(UTF_8)).isZero();
    assertThat(net.resolve("model.py")).content().contains("CLASSES = [", "COLUMNS = [");
    try (FinishedModel model = open();
        NDManager manager = NDManager.newBaseManager(Device.cpu());
        Model djl = Model.newInstance("model", Device.cpu(), "PyTorch")) {
      djl.load(net, "model");
      Predictions all =
          model.learner().predictions(model.read(table("new.csv", "x,kind", 50, false)), manager);
      try (Predictor<NDList, NDList> predictor = djl.newPredictor(new NoopTranslator())) {
        assertThat(predictor.predict(all.inputs()).head().toFloatArray())
            .containsExactly(all.outputs().head().toFloatArray(), within(1e-5f));
      }
    }
  }

  private String said(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code = Main.run(new PrintStream(out), new PrintStream(err), arguments);
    assertThat(code).as(err.toString(UTF_8)).isZero();
    return out.toString(UTF_8);
  }

  /// {@return what is said of standard input}
  private String saidOf(byte[] input, String run) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return said("predict", run, "-");
    } finally {
      System.setIn(before);
    }
  }

  private String refused(String... arguments) {
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(new PrintStream(new ByteArrayOutputStream()), new PrintStream(err), arguments);
    assertThat(code).isEqualTo(2);
    return err.toString(UTF_8);
  }

  @Test
  void aLanguageModelWrites() throws IOException {
    String words = "the cat sat on the mat and the dog sat on the log; ".repeat(80);
    Path file = Files.writeString(folder.resolve("words.txt"), words);
    train("{ use: text, file: %s, batch-size: 8, length: 16 }".formatted(file), 2);
    String run = folder.resolve("run").toString();
    String text = said("predict", run, "--prompt", "the ", "--generate", "40");
    assertThat(text.strip()).startsWith("the ").hasSizeBetween(30, 44);
    assertThat(said("predict", run, "--prompt", "the ", "--generate", "40")).isEqualTo(text);
    assertThat(said("predict", run, "--prompt", "the ", "--generate", "40", "--seed", "7"))
        .isNotEqualTo(text);
    assertThat(said("predict", run, "--prompt", "t", "--generate", "3", "--json"))
        .startsWith("{\"text\":\"t");
    assertThat(refused("predict", run, "--prompt", "THE")).contains("character 'T'");
    Path lines = Files.writeString(folder.resolve("lines.txt"), "the cat sat\n\nxqx; zz\n");
    assertThat(refused("predict", run, lines.toString()))
        .contains("'%s', line 3: the character 'x' (U+0078)".formatted(lines));
    Files.writeString(lines, "the cat sat\n\ntac;eht\nthe cat sat");
    String csv = said("predict", run, lines.toString());
    assertThat(csv.lines())
        .hasSize(4)
        .startsWith("sample,loss,perplexity")
        .satisfiesOnlyOnce(line -> assertThat(line).startsWith("2,"));
    assertThat(said("predict", run, lines.toString(), "--json").lines().toList().getLast())
        .startsWith("{\"sample\":\"3\",\"loss\":")
        .contains("\"perplexity\":");
    assertThat(said("top-losses", run, lines.toString(), "-n", "1")).containsPattern("\\b2\\b");
    assertThat(refused("predict", run)).contains("name a text, whose lines are scored");
    assertThat(saidOf("the cat sat\n\ntac;eht\nthe cat sat".getBytes(UTF_8), run)).isEqualTo(csv);
  }

  @Test
  void masksAreWrittenAsThoseOfTheTrainingAre() throws Exception {
    for (String part : List.of("images", "masks")) {
      Files.createDirectories(folder.resolve(part));
    }
    var random = new Random(4);
    for (int i = 0; i < 24; i++) {
      var image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
      var mask = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
      int left = random.nextInt(8);
      for (int y = 4; y < 12; y++) {
        for (int x = left; x < left + 8; x++) {
          image.getRaster().setSample(x, y, 0, 230);
          mask.getRaster().setSample(x, y, 0, 200);
        }
      }
      ImageIO.write(image, "png", folder.resolve("images/%02d.png".formatted(i)).toFile());
      ImageIO.write(mask, "png", folder.resolve("masks/%02d.png".formatted(i)).toFile());
    }
    String data =
        "{ use: images, dir: %s, masks: %s, batch-size: 4 }"
            .formatted(folder.resolve("images"), folder.resolve("masks"));
    train(data, 12);
    Path out = folder.resolve("out");
    String run = folder.resolve("run").toString();
    String lines =
        said("predict", run, folder.resolve("images").toString(), "--masks", out.toString());
    assertThat(lines.lines()).hasSize(25);
    int same = 0;
    for (int i = 0; i < 24; i++) {
      Raster mine = ImageIO.read(out.resolve("%02d.png".formatted(i)).toFile()).getRaster();
      Raster own = ImageIO.read(folder.resolve("masks/%02d.png".formatted(i)).toFile()).getRaster();
      for (int at = 0; at < 256; at++) {
        int value = mine.getSample(at % 16, at / 16, 0);
        assertThat(value).isIn(0, 200);
        same += value == own.getSample(at % 16, at / 16, 0) ? 1 : 0;
      }
    }
    assertThat(same / (24 * 256.0)).isGreaterThan(0.9);
    Path masks = folder.resolve("masks");
    assertThat(refused("predict", run, folder.resolve("images").toString(), "--masks", "" + masks))
        .contains("--masks " + masks + ": the folder is not empty");

    byte[] image = Files.readAllBytes(folder.resolve("images/07.png"));
    assertThat(saidOf(image, run).lines().toList().get(1)).startsWith("-,");
    try (ZooModel<byte[], Prediction[]> zoo =
            FinishedModelFactory.criteria(Path.of(run), byte[].class, Prediction[].class)
                .build()
                .loadModel();
        Predictor<byte[], Prediction[]> predictor = zoo.newPredictor()) {
      Prediction said = predictor.predict(image)[0];
      assertThat(said.sample()).as("bytes have no name").isEqualTo("0");
      assertThat(said.mask().orElseThrow().classes()).hasSize(256);
    }
  }

  @Test
  void aRunThatGoesOnNeedsTheModelNoMoreThatItBeganWith() throws IOException {
    String data = "data: { use: glyphs, train: 320, valid: 64 }\ndevice: cpu\n";
    train("{ use: glyphs, train: 320, valid: 64 }", 1);
    String from = "model: { from: %s }\n".formatted(folder.resolve("run"));
    Path second = folder.resolve("second");
    try (Run run = Run.of(experiment(data + from), second, _ -> {})) {
      run.interrupt();
      run.train();
      assertThat(run.isResumable()).isTrue();
    }
    Files.move(folder.resolve("run"), folder.resolve("gone"));
    Experiment own = ExperimentFile.read(Run.experiment(second)).resolve(Catalog.boot());
    try (Run run = Run.resume(own, second, _ -> {})) {
      assertThat(run.resumedFrom().orElseThrow().steps()).isEqualTo(1);
      assertThat(run.train().outcome().isFinished()).isTrue();
    }
    try (FinishedModel model = FinishedModel.open(second, Catalog.boot())) {
      assertThat(model.description().epochs()).isPositive();
    }
  }

  @Test
  void whatAFinishedModelHasAreTheWeightsThatCallbacksChose() throws IOException {
    for (String callback : List.of("best-weights", "ema")) {
      Path run = folder.resolve(callback);
      String yaml =
          """
          device: cpu
          data: { use: glyphs, train: 320, valid: 130 }
          fit: { epochs: 4, lr: 0.05 }
          callbacks: [%s]
          """
              .formatted(callback);
      List<Row> rows;
      try (Run training = Run.of(experiment(yaml), run, _ -> {})) {
        training.train();
        rows = training.rows();
      }
      double expected =
          rows.stream()
              .mapToDouble(row -> row.validLoss())
              .skip(callback.equals("ema") ? rows.size() - 1 : 0)
              .min()
              .orElseThrow();
      try (FinishedModel model = FinishedModel.open(run, Catalog.boot())) {
        assertThat(model.validate(model.validData()).loss()).as(callback).isEqualTo(expected);
      }
    }
  }

  @Test
  void aTableIsPredictedInItsOrderWithTargetsAndWithout() throws IOException {
    Path file = table("colors.csv", "x,kind,label", 400, true);
    Map<String, Double> scored =
        train("{ use: csv, file: %s, target: label, valid: 0.25 }".formatted(file), 8);
    Path fresh = table("fresh.csv", "x,kind", 50, false);
    Path known = table("known.csv", "x,kind,label", 50, true);
    Files.delete(file); // the model needs nothing of it
    try (FinishedModel model = open()) {
      assertThat(model.task().goal()).isEqualTo(Task.Goal.CLASSIFICATION);
      List<Prediction> without = predict(model, fresh);
      List<Prediction> with = predict(model, known);
      assertThat(without).hasSize(50).allMatch(e -> e.target().isEmpty() && e.loss().isEmpty());
      assertThat(without.stream().map(Prediction::numbers))
          .isEqualTo(with.stream().map(Prediction::numbers).toList());
      List<String> labels =
          Files.readAllLines(known).stream()
              .skip(1)
              .map(l -> l.substring(l.lastIndexOf(',') + 1))
              .toList();
      assertThat(with.stream().map(e -> e.target().orElseThrow().says().getFirst()))
          .isEqualTo(labels);
      long right =
          with.stream().filter(e -> e.says().equals(e.target().orElseThrow().says())).count();
      assertThat(right).as("of 50, the run scored %s", scored).isGreaterThan(40);
      assertThat(lines(model, false, without).getFirst()).doesNotContain("target", "loss");
      var both = new ArrayList<>(without);
      both.addAll(with);
      assertThatThrownBy(() -> lines(model, false, both))
          .hasMessageContaining("predict them apart");
      assertThatThrownBy(() -> model.validate(model.read(fresh)))
          .hasMessage("the samples have no targets, so that nothing can be scored");
      assertThatThrownBy(model::validData)
          .hasMessageContaining("name a file or folder of samples")
          .hasMessageContaining("colors.csv");
      assertThatThrownBy(() -> model.read(folder.resolve("nothing.csv")))
          .hasMessageContaining("nothing.csv");
    }
  }

  @Test
  void numbersComeInTheirUnits() throws IOException {
    Path prices = table("prices.csv", "x,kind,price", 400, true);
    Map<String, Double> scored =
        train("{ use: csv, file: %s, target: price, valid: 0.25 }".formatted(prices), 20);
    try (FinishedModel model = open()) {
      assertThat(model.validate(model.validData()).loss()).isEqualTo(scored.get("valid_loss"));
      List<Prediction> all = predict(model, prices);
      assertThat(all)
          .allMatch(e ->
              Math.abs(e.numbers().getFirst() - e.target().orElseThrow().numbers().getFirst())
                  < 60);
      assertThat(lines(model, false, all).getFirst()).isEqualTo("sample,price,target(price),loss");
      assertThat(lines(model, true, all).getFirst())
          .startsWith("{\"sample\":\"0\",\"values\":{\"price\":");
      assertThatThrownBy(model::confusion).hasMessageContaining("this is a model for regression");
    }
  }

  @Test
  void labelsComeByName() throws IOException {
    Path tags = table("tags.csv", "x,kind,p,q", 400, true);
    train("{ use: csv, file: %s, target: [p, q], task: labels, valid: 0.25 }".formatted(tags), 20);
    try (FinishedModel model = open()) {
      List<Prediction> all = predict(model, tags);
      long right =
          all.stream().filter(e -> e.says().equals(e.target().orElseThrow().says())).count();
      assertThat(right).isGreaterThan(350);
      assertThat(lines(model, false, all).getFirst())
          .isEqualTo("sample,labels,p(p),p(q),target,loss");
    }
  }

  @Test
  void aModelBeginsWithTheWeightsOfAnother() throws IOException {
    Path file = table("colors.csv", "x,kind,label", 400, true);
    String data = "data: { use: csv, file: %s, target: label, valid: 0.25 }\n".formatted(file);
    Map<String, Double> scored =
        train("{ use: csv, file: %s, target: label, valid: 0.25 }".formatted(file), 3);
    Path other = folder.resolve("other");
    Experiment same = experiment(data + "model: { from: run }\n");
    try (Prepared prepared = same.prepare(other)) {
      assertThat(prepared.learner().validate().loss()).isEqualTo(scored.get("valid_loss"));
      assertThat(prepared.facts().get("weights")).contains("arrays from " + folder.resolve("run"));
      assertThat(experiment(same.yaml()).yaml()).isEqualTo(same.yaml());
    }

    Path two =
        Files.writeString(
            folder.resolve("two.csv"), Files.readString(file).replace("middle", "low"));
    String fewer = data.replace(file.toString(), two.toString());
    try (Prepared prepared = experiment(fewer + "model: { from: run/model }\n").prepare(other)) {
      assertThat(prepared.facts().get("weights")).endsWith("2 begin anew"); // of the last layer
    }
    assertThatThrownBy(() -> experiment(data + "model: { from: nowhere }\n"))
        .hasMessage("test:2:16: %s: there is no such folder".formatted(folder.resolve("nowhere")));
    assertThatThrownBy(() ->
            experiment("data: { use: glyphs, train: 64 }\nmodel: { use: cnn, from: run }\n")
                .prepare(other))
        .hasMessageContaining("no weight of '%s' fits this model".formatted(folder.resolve("run")));
  }
}
