package io.antiphon.core;

import ai.djl.nn.Block;
import com.google.gson.JsonObject;
import io.antiphon.core.SavedFolder.Part;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Safetensors;
import io.antiphon.torch.SafetensorsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// A finished model in a folder: all that a prediction needs, and nothing of the training.
///
/// The folder is whole or not there. It holds `weights.safetensors` (parameters and running
/// statistics by name), `experiment.yaml` (what makes the net, and prepares its data),
/// `description.json` (inputs with their shapes and columns, classes by name, what it scored) and
/// `model.json` (format, version, and the size and checksum of each file). Nothing in it is ever
/// executed.
///
/// @param folder the folder
/// @param description what the model is
/// @param experiment the experiment that makes the net, as YAML; empty if a program makes it
public record SavedModel(Path folder, Description description, String experiment) {
  private static final String MANIFEST = "model.json";
  private static final String FORMAT = "antiphon-model";
  private static final int VERSION = 1;
  private static final String DESCRIPTION = "description.json";
  private static final String EXPERIMENT = "experiment.yaml";
  private static final long LONGEST_EXPERIMENT = 1 << 24;

  /// What a model is.
  ///
  /// @param task what it was trained for: inputs, classes
  /// @param epochs the epochs that it was trained
  /// @param steps the training batches that it was trained
  /// @param scores what its last epoch scored, by the names of the columns; NaN for what never was
  public record Description(Task task, long epochs, long steps, Map<String, Double> scores) {}

  /// Writes a model. What is there under the folder's name goes once the new one is whole.
  ///
  /// @param folder where
  /// @param model the net with its weights
  /// @param description what the model is
  /// @param experiment the experiment that makes the net, as YAML; empty if a program makes it
  /// @throws UncheckedIOException if it cannot be written; nothing has changed then
  public static void write(Path folder, Block model, Description description, String experiment) {
    try (var _ = Autograd.off()) {
      var json = RecordJson.write(description, "description", new LinkedHashMap<>());
      var manifest = new JsonObject();
      manifest.addProperty("format", FORMAT);
      manifest.addProperty("version", VERSION);
      SavedFolder.write(
          folder,
          MANIFEST,
          manifest,
          List.of(
              new Part(
                  SavedLearner.WEIGHTS,
                  (file, sum) ->
                      Safetensors.write(
                          file, Weights.arrays(model), Map.of("format", "pt"), sum::update)),
              Part.json(DESCRIPTION, json),
              Part.text(EXPERIMENT, experiment)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return the model in a folder}
  ///
  /// @throws CheckpointException if there is none, it is damaged, or of a newer program
  public static SavedModel open(Path folder) {
    SavedFolder opened = SavedFolder.open(folder, MANIFEST, "model", FORMAT, VERSION);
    try {
      Description description =
          RecordJson.read(
              Description.class,
              opened.json(DESCRIPTION),
              "description",
              name -> {
                throw new IllegalArgumentException(name + " is no array");
              });
      return new SavedModel(folder, description, opened.text(EXPERIMENT, LONGEST_EXPERIMENT));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(folder, String.valueOf(e.getMessage()), e);
    }
  }

  /// Reads those weights that a net has, too; what does not fit stays as it is.
  ///
  /// @param model initialised
  /// @param rename from a name in this model to one in the net
  /// @return what was read and what was not
  /// @throws CheckpointException if they are damaged
  public Weights.Report read(Block model, UnaryOperator<String> rename) {
    return weights(file -> Weights.read(model, file, rename));
  }

  /// Reads the weights into a net that the experiment makes.
  ///
  /// @param model initialised
  /// @throws CheckpointException if they are damaged, or those of another net
  public void read(Block model) {
    var _ =
        weights(file -> {
          Weights.read(model, file);
          return file;
        });
  }

  private <T> T weights(Function<Path, T> reader) {
    SavedFolder opened = SavedFolder.open(folder, MANIFEST, "model", FORMAT, VERSION);
    try {
      return reader.apply(opened.file(SavedLearner.WEIGHTS));
    } catch (IllegalArgumentException | SafetensorsException e) {
      throw new CheckpointException(folder, String.valueOf(e.getMessage()), e);
    }
  }
}
