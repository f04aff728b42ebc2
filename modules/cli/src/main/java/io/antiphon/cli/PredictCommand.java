package io.antiphon.cli;

import io.antiphon.core.spi.Task;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.PredictionLines;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon predict DIR [INPUT…]`.
@Command(
    name = "predict",
    description = {
      "Predicts with the model that a run left: a line for each sample, in their order, with"
          + " classes, probabilities or numbers, and the loss where targets are known. A language"
          + " model scores the lines of a text, or writes."
    },
    mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {
  @Mixin private ModelSource source = new ModelSource();

  @Option(
      names = "--json",
      description = "Write a JSON object per line, in the place of CSV with a line of names.")
  private boolean json;

  @Option(
      names = "--masks",
      paramLabel = "FOLDER",
      description = "Of a model for masks: write each into this folder, as NAME.png.")
  private Optional<Path> masks = Optional.empty();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Of a language model: how the text begins that it writes.")
  private Optional<String> prompt = Optional.empty();

  @Option(
      names = "--generate",
      paramLabel = "N",
      description = "How many tokens it adds to the prompt; ${DEFAULT-VALUE} by default.")
  private int length = 500;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = {
        "1 draws by its probabilities, less prefers the likely, 0 takes the likeliest;"
            + " ${DEFAULT-VALUE} by default."
      })
  private double temperature = 1;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of the draws; ${DEFAULT-VALUE} by default.")
  private long seed = 42;

  private final Terminal terminal;
  private final Set<Path> written = new HashSet<>();

  PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (FinishedModel model = source.open()) {
      if (prompt.isPresent()) {
        write(model, prompt.get());
      } else {
        predict(model);
      }
    }
    terminal.out().flush();
    return 0;
  }

  private void predict(FinishedModel model) {
    Consumer<Prediction> lines = new PredictionLines(model.task(), json, terminal.out()::println);
    if (masks.isEmpty()) {
      source.predict(model, lines);
      return;
    }
    if (model.task().goal() != Task.Goal.SEGMENTATION) {
      throw new WrongUsage(
          "--masks is for models that give masks, and this is one for " + model.task().goal());
    }
    try {
      Files.createDirectories(masks.get());
      try (Stream<Path> inside = Files.list(masks.get())) {
        if (inside.findAny().isPresent()) {
          throw new WrongUsage(
              "--masks %s: the folder is not empty, and files in it could be written over; name another one, or empty it"
                  .formatted(masks.get()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    source.predict(model, lines.andThen(each -> write(each, model.task(), masks.get())));
  }

  private void write(Prediction prediction, Task task, Path folder) {
    String name =
        String.valueOf(Path.of(prediction.sample()).getFileName()).replaceFirst("\\.[^.]*$", "");
    Path file = folder.resolve(name + ".png");
    if (!written.add(file)) {
      throw new WrongUsage(
          "two samples are called '%s', and their masks would be one file; predict them apart"
              .formatted(name));
    }
    prediction.mask().ifPresent(mask -> mask.write(file, task));
  }

  private void write(FinishedModel model, String beginning) {
    if (source.hasInputs()) {
      throw new WrongUsage("--prompt is all that a language model reads; leave INPUT out");
    }
    try {
      String text = model.write(beginning, length, temperature, seed);
      terminal.out().println(json ? FinishedModel.json(text) : text);
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      throw new WrongUsage(Sentence.of(e), e);
    }
  }
}
