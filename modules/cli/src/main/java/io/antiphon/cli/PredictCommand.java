package io.antiphon.cli;

import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.PredictionLines;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon predict DIR [INPUT…]`.
@Command(
    name = "predict",
    description = {
      "Predicts with the model that a run left: a line for each sample, in their order, with"
          + " classes, probabilities or numbers, and the loss where targets are known."
    },
    mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {
  @Mixin private ModelSource source = new ModelSource();

  @Option(
      names = "--json",
      description = "Write a JSON object per line, in the place of CSV with a line of names.")
  private boolean json;

  private final Terminal terminal;

  PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (FinishedModel model = source.open()) {
      source.predict(model, new PredictionLines(model.task(), json, terminal.out()::println));
    }
    terminal.out().flush();
    return 0;
  }
}
