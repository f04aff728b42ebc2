package io.antiphon.cli;

import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.Prediction;
import io.antiphon.experiment.PredictionLines;
import io.antiphon.experiment.Sentence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon top-losses DIR [INPUT…]`.
@Command(
    name = "top-losses",
    description = "Tells the samples that a model is most wrong about, the worst first.",
    mixinStandardHelpOptions = true)
final class TopLossesCommand implements Callable<Integer> {
  @Mixin private ModelSource source = new ModelSource();

  @Option(names = "-n", paramLabel = "N", description = "How many samples; 9 by default.")
  private int count = 9;

  @Option(names = "--json", description = "Write a JSON object per line, in the place of a table.")
  private boolean json;

  private final Terminal terminal;

  TopLossesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (count < 1) {
      throw new WrongUsage("-n is %d; it must be 1 or more".formatted(count));
    }
    Comparator<Prediction> least = Comparator.comparingDouble(TopLossesCommand::loss);
    var worst = new PriorityQueue<Prediction>(least);
    try (FinishedModel model = source.open()) {
      source.predict(
          model,
          each -> {
            worst.add(each);
            if (worst.size() > count) {
              worst.remove();
            }
          });
      var sorted = new ArrayList<>(worst);
      sorted.sort(least.reversed());
      tell(model, sorted);
    }
    terminal.out().flush();
    return 0;
  }

  private static double loss(Prediction each) {
    return each.loss()
        .orElseThrow(() ->
            new WrongUsage(
                each.target().isPresent()
                    ? "the loss of this model gives no values per sample"
                    : "the samples have no targets, so that nobody knows how wrong the model is"));
  }

  private void tell(FinishedModel model, List<Prediction> worst) {
    if (json) {
      var lines = new PredictionLines(model.task(), true, terminal.out()::println);
      worst.forEach(lines);
      return;
    }
    var table = new Table();
    table.add("loss", "sample", "target", "says");
    for (Prediction each : worst) {
      table.add(
          number(loss(each)),
          Sentence.shown(each.sample()),
          each.target()
              .map(t -> t.says().isEmpty() ? numbers(t.numbers()) : text(t.says()))
              .orElse(""),
          each.says().isEmpty() ? numbers(each.numbers()) : text(each.says()));
    }
    terminal.out().print(table.lines(""));
  }

  private static String text(List<String> names) {
    return Sentence.shown(String.join("|", names));
  }

  private static String numbers(List<Double> numbers) {
    return String.join(" ", numbers.stream().map(TopLossesCommand::number).toList());
  }

  private static String number(double number) {
    return String.format(Locale.ROOT, "%.4g", number);
  }
}
