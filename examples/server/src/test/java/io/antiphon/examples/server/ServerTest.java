package io.antiphon.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.Output;
import ai.djl.ndarray.NDManager;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Place;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.FinishedModelFactory;
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.PredictionLines;
import io.antiphon.experiment.Run;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTest {
  private static final int ROWS = 60;

  @TempDir static Path folder;

  @BeforeAll
  static void train() throws IOException {
    Files.writeString(folder.resolve("points.csv"), table(400, true));
    Files.writeString(folder.resolve("new.csv"), table(ROWS, false));
    String yaml =
        """
        device: cpu
        data: { use: csv, file: points.csv, target: side, valid: 0.2, batch-size: 16 }
        fit: { epochs: 2 }
        """;
    var place = new Place("test", 0, 0, folder);
    var experiment =
        ExperimentFile.parse(
                yaml.replace("points.csv", folder.resolve("points.csv").toString()), place)
            .resolve(Catalog.boot());
    try (Run run = Run.of(experiment, folder.resolve("run"), _ -> {})) {
      run.train();
    }
  }

  private static String table(int rows, boolean targets) {
    var random = new Random(3);
    var text = new StringBuilder(targets ? "x,colour,side\n" : "x,colour\n");
    for (int i = 0; i < rows; i++) {
      double x = random.nextDouble(-100, 300);
      text.append(x).append(random.nextBoolean() ? ",red" : ",blue");
      text.append(targets ? (x > 100 ? ",right" : ",left") : "").append('\n');
    }
    return text.toString();
  }

  /// What the command would say, line by line.
  private static List<String> expected(String file) {
    var lines = new ArrayList<String>();
    try (FinishedModel model = FinishedModel.open(folder.resolve("run"), Catalog.boot())) {
      model.predict(
          model.read(folder.resolve(file)), new PredictionLines(model.task(), true, lines::add));
    }
    return lines;
  }

  private record Answer(int code, String text) {}

  private static Answer ask(Server server, String method, byte[] body) throws IOException {
    var connection =
        (HttpURLConnection)
            URI.create("http://localhost:" + server.port() + "/").toURL().openConnection();
    connection.setRequestMethod(method);
    if (method.equals("POST")) {
      connection.setDoOutput(true);
      connection.getOutputStream().write(body);
    }
    int code = connection.getResponseCode();
    try (InputStream in = code < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      return new Answer(code, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void whoeverPostsSamplesHearsWhatTheCommandSays() throws Exception {
    List<String> expected = expected("new.csv");
    byte[] table = Files.readAllBytes(folder.resolve("new.csv"));
    try (var server = new Server(folder.resolve("run"), 0);
        var threads = Executors.newFixedThreadPool(4)) {
      Callable<Answer> ask = () -> ask(server, "POST", table);
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        answers.add(threads.submit(ask));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().code()).isEqualTo(200);
        assertThat(answer.get().text().lines().toList()).hasSize(ROWS).isEqualTo(expected);
      }

      Answer known = ask(server, "POST", Files.readAllBytes(folder.resolve("points.csv")));
      assertThat(known.text()).contains("\"target\":\"left\"", "\"loss\":");
      assertThat(known.text().lines().toList()).isEqualTo(expected("points.csv"));

      Answer wrong = ask(server, "POST", "x,taste\n1,sweet\n".getBytes(StandardCharsets.UTF_8));
      assertThat(wrong.code()).isEqualTo(400);
      assertThat(wrong.text())
          .startsWith("what was sent")
          .contains("colour")
          .doesNotContain("/")
          .hasLineCount(1);
      assertThat(ask(server, "GET", new byte[0]).code()).isEqualTo(405);
      assertThat(ask(server, "POST", table).code()).isEqualTo(200);
    }
  }

  @Test
  void aPredictorOfDjlSaysTheSameOfAFileAndOfOneSample() throws Exception {
    Path model = folder.resolve("copy");
    Files.createDirectories(model);
    try (var files = Files.list(folder.resolve("run/model"))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    List<String> expected = expected("new.csv");
    try (ZooModel<Path, Prediction[]> zoo =
            FinishedModelFactory.criteria(model, Path.class, Prediction[].class)
                .build()
                .loadModel();
        Predictor<Path, Prediction[]> predictor = zoo.newPredictor()) {
      NDManager manager = zoo.getNDManager();
      for (int i = 0; i < 3; i++) {
        var lines = new ArrayList<String>();
        var out = new PredictionLines(task(), true, lines::add);
        List.of(predictor.predict(folder.resolve("new.csv"))).forEach(out);
        assertThat(lines).isEqualTo(expected);
      }
      assertThat(manager.getManagedArrays()).isEmpty();
    }
    byte[] one = "x,colour\n299,red\n".getBytes(StandardCharsets.UTF_8);
    try (ZooModel<byte[], Classifications> zoo =
            FinishedModelFactory.criteria(model, byte[].class, Classifications.class)
                .build()
                .loadModel();
        Predictor<byte[], Classifications> predictor = zoo.newPredictor()) {
      assertThat(predictor.predict(one).<Classifications.Classification>best().getClassName())
          .isEqualTo("right");
      byte[] table = Files.readAllBytes(folder.resolve("new.csv"));
      assertThatThrownBy(() -> predictor.predict(table))
          .isInstanceOf(TranslateException.class)
          .rootCause()
          .hasMessage("Classifications are of one sample, and here are 60; ask for Prediction[]");
    }
  }

  @Test
  void aModelOfDjlThatIsGivenTheBlockLoadsAndPredictsAlike() throws Exception {
    Path run = folder.resolve("run");
    var factory = new FinishedModelFactory();
    try (Model model = Model.newInstance("points", "PyTorch")) {
      assertThatThrownBy(() -> model.load(run))
          .isInstanceOf(FileNotFoundException.class)
          .hasMessageContaining(".pt file not found");
      model.setBlock(factory.newBlock(model, run, Map.of()));
      model.load(run, null, Map.of("hasParameter", "false"));
      try (Predictor<Path, Output> predictor =
          model.newPredictor(factory.newInstance(Path.class, Output.class, model, Map.of()))) {
        Output output = predictor.predict(folder.resolve("new.csv"));
        assertThat(output.getData().getAsString().lines().toList()).isEqualTo(expected("new.csv"));
      }
    }
  }

  private static io.antiphon.core.spi.Task task() {
    try (FinishedModel model = FinishedModel.open(folder.resolve("run"), Catalog.boot())) {
      return model.task();
    }
  }
}
