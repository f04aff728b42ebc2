package io.antiphon.cli;

import io.antiphon.core.DataLoader;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--data",
      paramLabel = "INPUT",
      description = "An input, as one that stands after DIR.")
  private List<String> named = List.of();

  @Mixin private Plugins plugins = new Plugins();

  FinishedModel open() {
    return FinishedModel.open(folder, plugins.catalog());
  }

  private List<String> inputs() {
    return Stream.concat(inputs.stream(), named.stream()).toList();
  }

  boolean hasInputs() {
    return !inputs().isEmpty();
  }

  /// Predicts for all samples, in the order in which they are named.
  void predict(FinishedModel model, Consumer<Prediction> reader) {
    each(
        () -> model.predict(model.validData(), reader),
        (input, file) -> {
          String prefix = inputs().size() > 1 ? input + ":" : "";
          boolean isNamed = !input.equals(STANDARD_INPUT);
          model.predict(
              file,
              said -> {
                boolean isInput = !isNamed && said.sample().equals(file.toString());
                reader.accept((isInput ? said.named(STANDARD_INPUT) : said).within(prefix));
              });
        });
  }

  /// Gives the samples of the one input, or of none, to a reader.
  void one(FinishedModel model, Consumer<DataLoader> reader) {
    if (inputs().size() > 1) {
      throw new WrongUsage("a model is scored on one input at a time, not on " + inputs().size());
    }
    each(() -> reader.accept(model.validData()), (_, file) -> reader.accept(model.read(file)));
  }

  /// Hears of an input as it is named, and of the file that has it.
  private interface Reader {
    void read(String input, Path file);
  }

  /// @throws WrongUsage if something is wrong with the samples, which the user can mend
  private void each(Runnable withoutInput, Reader reader) {
    try {
      if (inputs().isEmpty()) {
        withoutInput.run();
      }
      for (String input : inputs()) {
        if (input.equals(STANDARD_INPUT)) {
          var _ =
              FinishedModel.asFile(
                  System.in,
                  "standard input",
                  file -> {
                    reader.read(input, file);
                    return file;
                  });
        } else {
          reader.read(input, Path.of(input));
        }
      }
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      throw new WrongUsage(Sentence.of(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
