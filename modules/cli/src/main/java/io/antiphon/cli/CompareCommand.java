package io.antiphon.cli;

import io.antiphon.core.Chart;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.spi.ComparisonPage;
import io.antiphon.experiment.RunRecord;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `antiphon compare RUN RUN …`.
@Command(
    name = "compare",
    description =
        "Tells in what the experiments of runs differ, and shows the last and the best of their"
            + " numbers and their curves together.",
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  private static final String MODULE = "io.antiphon.report";
  private static final int MOST = 26;
  private static final Chart CHART = new Chart(64, 12, false);

  @Parameters(
      arity = "0..*",
      paramLabel = "RUN",
      description = "The folders of the runs, 2 to 26, or their names in ./runs.")
  private List<Path> folders = List.of();

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "Writes the comparison as a page, FILE.html, instead of showing it here.")
  private Optional<Path> page = Optional.empty();

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;

  CompareCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (folders.size() < 2 || folders.size() > MOST) {
      throw new WrongUsage(
          "compare takes the folders of 2 to %d runs, not %d".formatted(MOST, folders.size()));
    }
    page.ifPresent(file -> OutputFile.check("--to", file, "page", "HTML", ".html", ".htm"));
    Catalog catalog = plugins.catalog();
    List<RunRecord> runs = folders.stream().map(CompareCommand::read).toList();
    var directions = new LinkedHashMap<String, Boolean>();
    runs.forEach(run -> run.directions(catalog).forEach(directions::putIfAbsent));
    if (page.isPresent()) {
      write(page.get(), runs, directions);
    } else {
      tell(runs, directions);
    }
    terminal.out().flush();
    return 0;
  }

  /// {@return the run that is there, or is listed by that name}
  private static RunRecord read(Path run) {
    Path listed = Path.of(RunsCommand.FOLDER).resolve(run);
    return RunRecord.read(Files.exists(run) || !Files.isDirectory(listed) ? run : listed);
  }

  private void tell(List<RunRecord> runs, Map<String, Boolean> directions) {
    var text = new StringBuilder();
    var table = new Table();
    table.addNamed("", names(runs));
    facts(runs.getFirst())
        .keySet()
        .forEach(
            name -> table.addNamed(name, runs.stream().map(run -> facts(run).get(name)).toList()));
    text.append(table.lines(""));

    text.append("\nexperiments\n");
    var differences = new Table();
    RunRecord.differences(runs)
        .forEach((path, values) ->
            differences.addNamed(
                Sentence.shown(path),
                values.stream().map(value -> value.isEmpty() ? "-" : value).toList()));
    text.append(differences.isEmpty() ? "  say the same\n" : differences.lines("  "));

    text.append("\nnumbers: the last, and the best in its epoch\n");
    var numbers = new Table();
    for (String column : columns(runs)) {
      numbers.addNamed(
          Sentence.shown(column),
          runs.stream().map(run -> RunsCommand.lastAndBest(run, column, directions)).toList());
    }
    text.append(numbers.isEmpty() ? "  there are none yet\n" : numbers.lines("  "));
    columns(runs).forEach(column -> curves(text, runs, column));
    terminal.out().print(text);
  }

  /// {@return what the runs are called: a letter, by which the curves go, and their folder}
  private static List<String> names(List<RunRecord> runs) {
    var names = new ArrayList<String>();
    for (int i = 0; i < runs.size(); i++) {
      names.add(mark(i) + "  " + Sentence.shown(runs.get(i).name()));
    }
    return names;
  }

  private static char mark(int run) {
    return (char) ('a' + run);
  }

  private static SequencedMap<String, String> facts(RunRecord run) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("begun", RunsCommand.begun(run.begun()));
    facts.put("state", run.state().toString());
    facts.put("epochs", Integer.toString(run.rows().size()));
    facts.put("steps", run.rows().isEmpty() ? "0" : "%,d".formatted(run.rows().getLast().step()));
    facts.put(
        "time in epochs", "%,.1f s".formatted(run.rows().stream().mapToDouble(Row::seconds).sum()));
    return facts;
  }

  private static List<String> columns(List<RunRecord> runs) {
    var columns = new LinkedHashSet<String>();
    runs.forEach(run -> columns.addAll(run.columns()));
    return List.copyOf(columns);
  }

  /// Draws a number of all runs, if there is a curve in it.
  private static void curves(StringBuilder text, List<RunRecord> runs, String column) {
    var curves = new ArrayList<Chart.Curve>();
    for (int i = 0; i < runs.size(); i++) {
      var x = new ArrayList<Double>();
      var y = new ArrayList<Double>();
      for (Row row : runs.get(i).rows()) {
        double value = row.numbers().getOrDefault(column, Double.NaN);
        if (Double.isFinite(value)) {
          x.add((double) row.step());
          y.add(value);
        }
      }
      curves.add(new Chart.Curve(mark(i), x, y));
    }
    if (curves.stream().anyMatch(curve -> curve.x().size() > 1)) {
      text.append('\n').append(Sentence.shown(column)).append(" by step\n");
      text.append(CHART.draw(curves));
    }
  }

  private void write(Path file, List<RunRecord> runs, Map<String, Boolean> directions) {
    ComparisonPage writer =
        plugins.layers().stream()
            .flatMap(layer -> ServiceLoader.load(layer, ComparisonPage.class).stream())
            .findFirst()
            .orElseThrow(() ->
                new WrongUsage(
                    "--to needs module %s, which is neither built in here nor among the plug-ins"
                        .formatted(MODULE)))
            .get();
    List<ComparisonPage.Run> shown =
        runs.stream()
            .map(run -> new ComparisonPage.Run(run.name(), facts(run), run.rows()))
            .toList();
    String title = String.join(", ", runs.stream().map(RunRecord::name).toList());
    String html =
        writer.html(
            new ComparisonPage.Comparison(
                title, List.of(), shown, RunRecord.differences(runs), directions));
    try {
      Files.writeString(file, html);
    } catch (IOException e) {
      throw new WrongUsage("--to: the page cannot be written: " + Sentence.of(e));
    }
    terminal.out().println("page in " + Sentence.shown(file.toString()));
  }
}
