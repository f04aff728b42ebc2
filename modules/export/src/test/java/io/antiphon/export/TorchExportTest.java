package io.antiphon.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Feature;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.core.spi.Task.Input;
import io.antiphon.core.spi.Task.Scale;
import io.antiphon.models.Activation;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.models.RecurrentLayers;
import io.antiphon.models.ResNet;
import io.antiphon.models.Rnn;
import io.antiphon.models.Tabular;
import io.antiphon.models.UNet;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchExportTest {
  private static final String PYTHON =
      """
      import importlib.util, os, sys
      import torch

      torch.set_num_threads(1)
      for name in sys.argv[1:]:
          spec = importlib.util.spec_from_file_location(name, os.path.join(name, "model.py"))
          module = importlib.util.module_from_spec(spec)
          spec.loader.exec_module(module)
          given = module.read(os.path.join(name, "given.safetensors"))
          inputs = [given[key] for key in sorted(given) if key.startswith("input")]
          script = torch.jit.load(os.path.join(name, "model.pt"))
          with torch.no_grad():
              outputs = module.load(name)(*inputs)
              scripted = script(*inputs)
          if isinstance(outputs, tuple):
              outputs = outputs[0]
          expected = given["output"]
          size = max(1.0, expected.abs().max().item())
          assert outputs.shape == expected.shape, (name, outputs.shape, expected.shape)
          print(name, (outputs - expected).abs().max().item() / size,
                (scripted - expected).abs().max().item() / size)
      """;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  private record Case(ModelProvider options, Task task) {}

  private static Task images(Goal goal, int outputs, long... shape) {
    return new Task(goal, List.of(new Input(new Shape(shape))), Task.numbered(outputs));
  }

  private static Input table(Feature... features) {
    return new Input(new Shape(4, features.length), List.of(features));
  }

  private static Feature number(String name) {
    return new Feature(name, List.of(), new Scale(3, 0.5));
  }

  private static Map<String, Case> cases() {
    var all = new LinkedHashMap<String, Case>();
    Task digits = images(Goal.CLASSIFICATION, 10, 4, 1, 28, 28);
    all.put("mlp", new Case(new Mlp.Options(), digits));
    for (Activation each : Activation.values()) {
      all.put("mlp-" + each, new Case(new Mlp.Options(List.of(7, 5), each, 0.3), digits));
    }
    all.put(
        "mlp-none",
        new Case(
            new Mlp.Options(List.of(), Activation.RELU),
            new Task(
                Goal.REGRESSION,
                List.of(table(number("a"), number("b"), number("c"))),
                List.of("price", "weight"),
                List.of(new Scale(1000, 50), new Scale(-3, 0.01)))));
    all.put("cnn", new Case(new Cnn.Options(), digits));
    all.put(
        "cnn-rows", new Case(new Cnn.Options(List.of(4, 6), 0.2), images(Goal.LABELS, 3, 4, 64)));
    all.put("cnn-planes", new Case(new Cnn.Options(), images(Goal.CLASSIFICATION, 3, 4, 17, 9)));
    all.put("resnet", new Case(new ResNet.Options(), images(Goal.CLASSIFICATION, 4, 4, 3, 17, 12)));
    all.put(
        "resnet-deep",
        new Case(
            new ResNet.Options(List.of(4, 8, 8), 3, 0.1),
            images(Goal.CLASSIFICATION, 4, 4, 3, 16, 16)));
    all.put("unet", new Case(new UNet.Options(), images(Goal.SEGMENTATION, 3, 2, 3, 21, 14)));
    all.put(
        "unet-flat",
        new Case(new UNet.Options(List.of(5)), images(Goal.SEGMENTATION, 2, 2, 1, 8, 8)));
    Task text = images(Goal.LANGUAGE_MODEL, 11, 4, 6);
    all.put("gru", new Case(new Rnn.Options().embedding(5).hidden(8), text));
    all.put(
        "lstm",
        new Case(
            new Rnn.Options().cell(RecurrentLayers.Cell.LSTM).embedding(5).hidden(8).dropout(0.2),
            text));
    all.put("lstm-one", new Case(new Rnn.Options().layers(1).hidden(8).dropout(0.2), text));
    Input categories =
        table(
            new Feature("quote\"d \\ ü ☃ 😀\n", List.of("?", "x'\"", "y"), Scale.NONE),
            new Feature("b", Task.numbered(40), Scale.NONE));
    var both = List.of(table(number("p"), number("q")), categories);
    all.put(
        "tabular",
        new Case(
            new Tabular.Options(),
            new Task(Goal.REGRESSION, both, List.of("y"), List.of(new Scale(100, 20)))));
    all.put(
        "tabular-classes",
        new Case(
            new Tabular.Options(List.of(9), Activation.GELU, 0.1, OptionalInt.of(3)),
            new Task(Goal.CLASSIFICATION, both, List.of("a\"b", "c'd\\"))));
    all.put(
        "tabular-numbers",
        new Case(
            new Tabular.Options(),
            new Task(Goal.LABELS, List.of(table(number("p"))), List.of("a", "b"))));
    all.put(
        "tabular-categories",
        new Case(
            new Tabular.Options(),
            new Task(Goal.CLASSIFICATION, List.of(categories), List.of("a", "b"))));
    return all;
  }

  private Block net(Case each) {
    Block net = each.options().create(each.task());
    new RandomStream(3, "test").seedTorch(0, 0);
    net.initialize(manager, DataType.FLOAT32, each.task().shapes().toArray(Shape[]::new));
    for (Pair<String, Parameter> parameter : net.getParameters()) { // as if it had been trained
      NDArray array = parameter.getValue().getArray();
      NDArray noise = manager.randomUniform(0.1f, 1f, array.getShape());
      switch (parameter.getValue().getType()) {
        case RUNNING_MEAN, RUNNING_VAR, BETA, GAMMA, BIAS -> array.muli(0.5).addi(noise);
        default -> {}
      }
    }
    return net;
  }

  /// {@return a Python that has torch, if there is one}
  private static Optional<String> python() throws IOException, InterruptedException {
    for (String each : List.of("python3", "/usr/bin/python3")) {
      try {
        var process =
            new ProcessBuilder(each, "-c", "import torch; print(torch.__version__)")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() == 0) {
          System.out.printf("%s has torch %s", each, said);
          return Optional.of(each);
        }
      } catch (IOException e) {
        // there is no such program
      }
    }
    return Optional.empty();
  }

  @Test
  void pythonsTorchComputesWhatTheNetDoes() throws IOException, InterruptedException {
    Map<String, Case> cases = cases();
    try (var _ = Autograd.off()) {
      for (Map.Entry<String, Case> each : cases.entrySet()) {
        Block net = net(each.getValue());
        Path its = folder.resolve(each.getKey());
        TorchExport.write(each.getValue().options(), each.getValue().task(), net, its);
        assertThat(its.toFile().list())
            .containsExactlyInAnyOrder("model.py", "model.pt", "weights.safetensors");
        NDList inputs = TorchExport.inputs(each.getValue().task(), manager);
        NDArray output = net.forward(new ParameterStore(manager, false), inputs, false).head();
        var given = new LinkedHashMap<String, NDArray>();
        for (int i = 0; i < inputs.size(); i++) {
          given.put("input" + i, inputs.get(i));
        }
        given.put("output", output);
        Safetensors.write(its.resolve("given.safetensors"), given, Map.of());
      }
    }
    Optional<String> python = python();
    if (python.isEmpty()) {
      System.out.println("left out: there is no Python that has torch to run what was exported");
      return;
    }
    var command = new ArrayList<>(List.of(python.get(), "-c", PYTHON));
    command.addAll(cases.keySet());
    Path said = folder.resolve("said");
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(said)).isZero();
    List<String> lines = Files.readAllLines(said);
    assertThat(lines).hasSize(cases.size());
    for (String line : lines) {
      String[] words = line.split(" ");
      assertThat(Double.parseDouble(words[1])).as("model.py: " + line).isCloseTo(0, within(1e-5));
      assertThat(Double.parseDouble(words[2])).as("model.pt: " + line).isCloseTo(0, within(1e-5));
    }
  }

  @Test
  void theCodeTellsHowInputsArePrepared() throws IOException {
    Case tabular = cases().get("tabular");
    Path its = folder.resolve("its");
    TorchExport.write(tabular.options(), tabular.task(), net(tabular), its);
    assertThat(its.resolve("model.py"))
        .content()
        .contains(
            "OUTPUTS = [\"y\"]",
            "\"p\": {\"mean\": 3.0, \"deviation\": 0.5}",
            "outputs = net(*inputs)",
            "self.table = Table([(3, 3), (40, 13)])",
            "nn.Linear(18, 64),");
  }

  /// A model of somebody else.
  @Id("own")
  private record Own() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return Blocks.identityBlock();
    }
  }

  @Test
  void whatCannotBeExportedSaysWhy() throws IOException {
    Task digits = images(Goal.CLASSIFICATION, 10, 4, 1, 28, 28);
    assertThatThrownBy(() ->
            TorchExport.write(new Own(), digits, new Own().create(digits), folder.resolve("a")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("model 'own' of module ")
        .hasMessageContaining("is not one whose layers are known in PyTorch's words");
    Block other = net(new Case(new Mlp.Options(List.of(5), Activation.RELU), digits));
    assertThatThrownBy(() ->
            TorchExport.write(
                new Mlp.Options(List.of(5, 5), Activation.RELU),
                digits,
                other,
                folder.resolve("b")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("the net is not the mlp that its options make: it ");
    assertThat(folder.resolve("a")).doesNotExist();
    Path full = Files.createDirectory(folder.resolve("full"));
    Files.createFile(full.resolve("mine"));
    var five = new Mlp.Options(List.of(5), Activation.RELU);
    assertThatThrownBy(() -> TorchExport.write(five, digits, other, full))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("it is not empty");
    assertThat(full.toFile().list()).containsExactly("mine");
  }
}
