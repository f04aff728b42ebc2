package io.antiphon.cli;

import io.antiphon.core.Chart;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.RunRecord;
import io.antiphon.experiment.Sentence;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `antiphon runs [DIR]`.
@Command(
    name = "runs",
    description =
        "Lists runs, the oldest first: when they began, how they are, and the last and the best of"
            + " their numbers.",
    mixinStandardHelpOptions = true)
final class RunsCommand implements Callable<Integer> {
  /// Where runs are if nobody says so.
  static final String FOLDER = "runs";

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
  private static final String NOTHING = "-";

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "Below this folder; by default ${DEFAULT-VALUE}.",
      defaultValue = FOLDER)
  private Path folder = Path.of("");

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;

  RunsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Catalog catalog = plugins.catalog();
    RunRecord.Found found = RunRecord.below(folder);
    found.bad().forEach(bad -> terminal.err().println("antiphon: " + bad));
    if (found.runs().isEmpty()) {
      terminal.out().println("there is no run below " + Sentence.shown(folder.toString()));
    } else {
      terminal.out().print(table(found.runs(), catalog).lines(""));
    }
    terminal.out().flush();
    return 0;
  }

  private Table table(List<RunRecord> runs, Catalog catalog) {
    List<String> columns = columns(runs);
    var table = new Table();
    var head = new ArrayList<>(List.of("begun", "state", "epochs"));
    columns.forEach(column -> head.add(Sentence.shown(column)));
    table.addNamed("run", head);
    for (RunRecord run : runs) {
      Map<String, Boolean> directions = run.directions(catalog);
      var cells = new ArrayList<String>();
      cells.add(begun(run.begun()));
      cells.add(run.state().toString());
      cells.add(Integer.toString(run.rows().size()));
      columns.forEach(column -> cells.add(lastAndBest(run, column, directions)));
      String path = folder.relativize(run.folder()).toString();
      table.addNamed(Sentence.shown(path.isEmpty() ? run.name() : path), cells);
    }
    return table;
  }

  /// {@return the losses and what is scored in validations, but not what is scored in training}
  private static List<String> columns(List<RunRecord> runs) {
    var columns = new LinkedHashSet<String>();
    for (RunRecord run : runs) {
      run.columns().stream()
          .filter(column -> column.equals(Row.TRAIN_LOSS) || !column.startsWith("train_"))
          .forEach(columns::add);
    }
    return List.copyOf(columns);
  }

  /// {@return a time as people here write it}
  static String begun(Instant time) {
    return TIME.format(time.atZone(ZoneId.systemDefault()));
  }

  /// {@return a number at the end of a run, and the best one with its epoch if that was another}
  static String lastAndBest(RunRecord run, String column, Map<String, Boolean> directions) {
    double last = run.last(column);
    String text = number(last);
    Boolean higher = directions.get(column);
    if (higher == null) {
      return text;
    }
    return run.best(column, higher)
        .filter(best -> best.value(column) != last)
        .map(best -> "%s, %s in %d".formatted(text, number(best.value(column)), best.number()))
        .orElse(text);
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Chart.number(value) : NOTHING;
  }
}
