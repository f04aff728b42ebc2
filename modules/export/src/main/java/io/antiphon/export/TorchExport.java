package io.antiphon.export;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.antiphon.core.Recurrent;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.ModelExporter;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A net that was trained, for PyTorch without Antiphon: `antiphon export`.
///
/// The folder holds
///
/// * `model.py`: the net as a PyTorch module, in Python; its `load()` gives it with its weights. It
///   needs torch and nothing else, from version 1.13 on;
/// * `weights.safetensors`: the weights by the names that they have in that module;
/// * `model.pt`: the net with its weights as TorchScript, which `torch.jit.load` of Python,
///   libtorch in C++ and DJL's PyTorch engine run as it is.
///
/// The net gets what it got in training: arrays that were prepared, batch first. `model.py` tells
/// how: columns of a table with their means, categories, classes.
///
/// The models of `modules/models` can be exported. TorchScript is written from the same description
/// of the net as the Python code, and is run once here beside the net itself, whose outputs it must
/// give.
public final class TorchExport implements ModelExporter {
  private static final String PYTHON = "model.py";
  private static final String WEIGHTS = "weights.safetensors";
  private static final String SCRIPT = "model.pt";
  private static final double TOLERANCE = 1e-4;

  /// For [java.util.ServiceLoader].
  public TorchExport() {}

  @Override
  public String name() {
    return "torch";
  }

  @Override
  public String summary() {
    return "a PyTorch module in Python, its weights in safetensors, and TorchScript";
  }

  @Override
  public SequencedMap<String, String> write(FinishedModel model, Path folder) {
    write(model.net(), model.task(), model.learner().model(), folder);
    var files = new LinkedHashMap<String, String>();
    files.put(PYTHON, "the net as a PyTorch module; load() gives it with its weights");
    files.put(WEIGHTS, "its weights");
    files.put(SCRIPT, "both as TorchScript, for torch.jit.load, libtorch and DJL");
    return files;
  }

  /// Exports a net that a program trained. Its recurrent layers forget what they remember.
  ///
  /// @param options the options that made it
  /// @param task what it was made for
  /// @param net with its weights, on the CPU or a GPU
  /// @param folder where; it must be empty or not there
  /// @throws UnsupportedOperationException if such a net cannot be exported; the message says why
  /// @throws UncheckedIOException if it cannot be written
  public static void write(ModelProvider options, Task task, Block net, Path folder) {
    Network network = Networks.of(options, task, net);
    try (var _ = Autograd.off()) {
      take(folder);
      try (NDManager scratch = NDManager.newBaseManager(device(net))) {
        Safetensors.write(
            folder.resolve(WEIGHTS), network.weights(scratch), Map.of("format", "pt"));
      }
      Files.writeString(folder.resolve(PYTHON), PythonModule.of(network, task));
      TorchArchive.write(folder.resolve(SCRIPT), network, task);
      check(task, net, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void take(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (var files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        throw new FileAlreadyExistsException(
            folder.toString(), null, "it is not empty; name another folder, or empty it");
      }
    }
  }

  /// What was written is what was trained, or is not given away.
  private static void check(Task task, Block net, Path folder) throws IOException {
    try (NDManager manager = NDManager.newBaseManager(device(net));
        Model model = Model.newInstance("model", manager.getDevice(), "PyTorch")) {
      NDList inputs = inputs(task, manager);
      model.load(folder, "model");
      try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
        NDArray written = predictor.predict(inputs).head();
        forget(net);
        NDArray trained = net.forward(new ParameterStore(manager, false), inputs, false).head();
        forget(net);
        written.attach(manager);
        double off = written.sub(trained).abs().max().toType(DataType.FLOAT64, false).getDouble();
        double size = trained.abs().max().toType(DataType.FLOAT64, false).getDouble();
        if (!(off <= TOLERANCE * Math.max(1, size))) {
          throw new IllegalStateException(
              "what was written to %s gives other outputs than the net, by %g; it is of no use"
                  .formatted(folder, off));
        }
      }
    } catch (MalformedModelException | TranslateException e) {
      throw new IllegalStateException(
          "what was written to %s cannot be run: %s".formatted(folder, e.getMessage()), e);
    }
  }

  /// What recurrent layers remember of other batches is none of this one's business.
  private static void forget(Block net) {
    if (net instanceof Recurrent recurrent) {
      recurrent.reset();
    }
    net.getChildren().values().forEach(TorchExport::forget);
  }

  private static Device device(Block net) {
    return net.getParameters().isEmpty()
        ? Device.cpu()
        : net.getParameters().get(0).getValue().getArray().getDevice();
  }

  /// {@return two samples such as the net takes}
  static NDList inputs(Task task, NDManager manager) {
    var inputs = new NDList();
    for (Task.Input input : task.inputs()) {
      long[] sizes = input.shape().getShape().clone();
      sizes[0] = 2;
      List<Integer> counts =
          input.features().stream().map(feature -> feature.categories().size()).toList();
      boolean isCategories = counts.stream().anyMatch(count -> count > 0);
      var shape = new Shape(sizes);
      if (!isCategories && task.goal() != Task.Goal.LANGUAGE_MODEL) {
        inputs.add(
            manager
                .arange(0, (float) shape.size(), 1, DataType.FLOAT32)
                .mul(0.7)
                .sin()
                .reshape(shape));
        continue;
      }
      var indices = new long[(int) shape.size()];
      for (int i = 0; i < indices.length; i++) {
        int column = i % (int) sizes[sizes.length - 1];
        indices[i] = i % (isCategories ? counts.get(column) : task.outputs());
      }
      inputs.add(manager.create(indices, shape));
    }
    return inputs;
  }
}
