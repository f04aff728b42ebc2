package io.antiphon.study;

import com.google.gson.GsonBuilder;
import io.antiphon.cli.Terminal;
import io.antiphon.core.spi.ComparisonPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/// Tells what a study came to: on the terminal, and in files of its folder.
///
/// @param study the study
/// @param plan its plan
/// @param terminal where to tell it
/// @param layers where to look for what writes pages
record Outcomes(StudyFolder study, Plan plan, Terminal terminal, List<ModuleLayer> layers) {
  Outcomes {
    layers = List.copyOf(layers);
  }

  /// Writes and tells.
  ///
  /// @return the exit code: 1 if every trial failed
  int tell(Account account, List<Result> results) {
    var markdown = new StringBuilder();
    account.tables().forEach(table -> markdown.append(table.markdown()));
    var written = new ArrayList<String>();
    write(written, account.name() + ".md", "# " + account.title() + "\n\n" + markdown);
    write(written, account.name() + ".csv", Cells.csv(account.csv()));
    String json =
        new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(account.json());
    write(written, account.name() + ".json", json + "\n");
    write(written, "trials.csv", Cells.csv(trials(results)));
    page().ifPresent(page -> write(written, account.name() + ".html", html(page, account)));
    terminal.out().print("\n" + markdown);
    terminal.out().printf("%s in %s%n", String.join(", ", written), study.path());
    terminal.out().flush();
    boolean allFailed = results.stream().allMatch(result -> result.is(Finding.State.FAILED));
    return allFailed ? 1 : 0;
  }

  private void write(List<String> written, String name, String text) {
    study.write(name, text);
    written.add(name);
  }

  private Optional<ComparisonPage> page() {
    return layers.stream()
        .flatMap(layer -> ServiceLoader.load(layer, ComparisonPage.class).stream())
        .findFirst()
        .map(ServiceLoader.Provider::get);
  }

  private String html(ComparisonPage page, Account account) {
    List<ComparisonPage.Part> parts =
        account.tables().stream()
            .map(table ->
                new ComparisonPage.Part(
                    table.title(),
                    String.join("\n", table.text()),
                    table.rows(),
                    account.picture(table)))
            .toList();
    return page.html(
        new ComparisonPage.Comparison(
            account.title(), parts, account.runs(), account.differences(), plan.directions()));
  }

  /// {@return a row for each trial, with all digits}
  private List<List<String>> trials(List<Result> results) {
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<>(List.of("trial", "name", "seed"));
    head.addAll(plan.axes().keySet());
    head.addAll(List.of("state", "epochs"));
    head.addAll(plan.directions().keySet());
    head.addAll(List.of("seconds_per_epoch", "peak_megabytes"));
    rows.add(head);
    for (Result result : results) {
      Plan.Trial trial = result.trial();
      var row = new ArrayList<>(List.of("" + trial.number(), trial.name(), "" + trial.seed()));
      plan.axes().keySet().forEach(path -> row.add(trial.values().getOrDefault(path, "")));
      row.add(result.state());
      row.add("" + result.rows().size());
      plan.directions().keySet().forEach(column -> row.add(Cells.exact(result.value(column))));
      row.add(Cells.exact(result.secondsPerEpoch()));
      row.add(Cells.exact(result.peakMegabytes()));
      rows.add(row);
    }
    return rows;
  }
}
