package io.antiphon.cli;

import io.antiphon.core.Callback;
import io.antiphon.core.Scores;
import io.antiphon.experiment.Confusion;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.Sentence;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon validate DIR [INPUT]`.
@Command(
    name = "validate",
    description = {
      "Scores the model that a run left: its loss and its metrics. Where output goes to a file or"
          + " a program, as one JSON object."
    },
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
  @Mixin private ModelSource source = new ModelSource();

  @Option(
      names = "--confusion",
      description =
          "Tell how often which class is taken for which, too; in JSON as confusion: classes, and"
              + " counts, a row for each class that is.")
  private boolean confusion;

  @Option(names = "--json", description = "Write the JSON object on a terminal, too.")
  private boolean json;

  private final Terminal terminal;

  ValidateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (FinishedModel model = source.open()) {
      source.one(
          model,
          data -> {
            Optional<Confusion> counts =
                confusion ? Optional.of(model.confusion()) : Optional.empty();
            Scores scores = model.validate(data, counts.stream().toArray(Callback[]::new));
            if (json || !terminal.isWatched()) {
              terminal.sayLast(FinishedModel.json(scores, counts));
            } else {
              counts.ifPresent(this::tell);
              tell(scores);
            }
          });
    }
    return 0;
  }

  private void tell(Confusion counts) {
    var table = new Table();
    List<String> names = counts.names().stream().map(Sentence::shown).toList();
    table.addNamed("is \\ says", names);
    for (int i = 0; i < names.size(); i++) {
      List<String> row = counts.of(i).stream().map("%,d"::formatted).toList();
      table.addNamed(names.get(i), row);
    }
    terminal.out().println(table.lines(""));
  }

  private void tell(Scores scores) {
    var table = new Table();
    table.add("loss", String.format(Locale.ROOT, "%.6g", scores.loss()));
    scores
        .metrics()
        .forEach((name, value) -> table.add(name, String.format(Locale.ROOT, "%.6g", value)));
    table.add("samples", "%,d".formatted(scores.samples()));
    terminal.out().print(table.lines(""));
    terminal.out().flush();
  }
}
