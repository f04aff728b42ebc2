package io.antiphon.cli;

import io.antiphon.core.DataLoader;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Which model, and which samples for it.
final class ModelSource {
  private static final String STANDARD_INPUT = "-";

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "The folder of a run, or a copy of the folder 'model' in it.")
  private Path folder = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "INPUT",
      description = {
        "Files or folders of samples, of the kind that the model was trained on; - for standard"
            + " input. Without any, the samples that its run validated with."
      })
  private List<String> inputs = List.of();

  @Mixin private Plugins plugins = new Plugins();

  FinishedModel open() {
    return FinishedModel.open(folder, plugins.catalog());
  }

  boolean hasInputs() {
    return !inputs.isEmpty();
  }

  /// Predicts for all samples, in the order in which they are named.
  void predict(FinishedModel model, Consumer<Prediction> reader) {
    each(
        model,
        (data, prefix, file) ->
            model.predict(
                data,
                said -> {
                  boolean isInput = said.sample().equals(file);
                  reader.accept((isInput ? said.named(STANDARD_INPUT) : said).within(prefix));
                }));
  }

  /// Gives the samples of the one input, or of none, to a reader.
  void one(FinishedModel model, Consumer<DataLoader> reader) {
    if (inputs.size() > 1) {
      throw new WrongUsage("a model is scored on one input at a time, not on " + inputs.size());
    }
    each(model, (data, _, _) -> reader.accept(data));
  }

  /// Hears of samples, of what comes before their names, and of the file that standard input is in,
  /// whose name says nothing.
  private interface Reader {
    void read(DataLoader data, String prefix, String file);
  }

  /// @throws WrongUsage if something is wrong with the samples, which the user can mend
  private void each(FinishedModel model, Reader reader) {
    try {
      if (inputs.isEmpty()) {
        reader.read(model.validData(), "", "");
      }
      for (String input : inputs) {
        String prefix = inputs.size() > 1 ? input + ":" : "";
        if (input.equals(STANDARD_INPUT)) {
          standardInput(file -> reader.read(model.read(file), prefix, file.toString()));
        } else {
          reader.read(model.read(Path.of(input)), prefix, "");
        }
      }
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      throw new WrongUsage(Sentence.of(e), e);
    }
  }

  /// Kinds of data read files, some of them twice.
  private static void standardInput(Consumer<Path> reader) {
    try {
      Path file = Files.createTempFile("standard-input", "");
      try {
        Files.copy(System.in, file, StandardCopyOption.REPLACE_EXISTING);
        reader.accept(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
