package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
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
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.PredictionLines;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What runs leave, and what it says of other samples.
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
    model.predict(model.read(source), all::add);
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
    assertThat(code).as(err.toString()).isZero();
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
