package io.antiphon.report;

import static io.antiphon.report.Epochs.value;
import static io.antiphon.report.Frame.escape;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.spi.ComparisonPage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Function;

/// Runs side by side, on a page as a report has it: what they come to together, in what their
/// experiments differ, the last and the best of their numbers, and the curves of each number
/// together.
public final class SideBySide implements ComparisonPage {
  private static final int MOST_POINTS = 24_000;

  public SideBySide() {}

  @Override
  public String html(Comparison comparison) {
    String sections =
        String.join(
            "\n",
            parts(comparison.parts()),
            Frame.section("runs", "Runs", runs(comparison)),
            Frame.section("experiments", "Experiments", differences(comparison)),
            Frame.section("numbers", "Numbers", numbers(comparison)),
            Frame.CURVES);
    return new Frame(comparison.title(), "", sections, data(comparison), false).html();
  }

  private static String parts(List<Part> parts) {
    var html = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      var inside = new StringBuilder();
      part.text().lines().forEach(line -> inside.append("<p>").append(escape(line)).append("</p>"));
      if (!part.picture().isEmpty()) {
        inside.append("<div class=wide tabindex=0 role=region aria-label=\"");
        inside.append(escape(part.title())).append(", drawn\">").append(part.picture());
        inside.append("</div>");
      }
      if (!part.table().isEmpty()) {
        inside.append(table(part));
      }
      html.append(Frame.section("part" + i, part.title(), inside.toString())).append('\n');
    }
    return html.toString();
  }

  private static String table(Part part) {
    var html = new StringBuilder("<div class=wide tabindex=0 role=region aria-label=\"");
    html.append(escape(part.title())).append("\"><table><thead><tr>");
    part.table()
        .getFirst()
        .forEach(head -> html.append("<th scope=col>").append(escape(head)).append("</th>"));
    html.append("</tr></thead><tbody>");
    for (List<String> cells : part.table().subList(1, part.table().size())) {
      html.append("<tr><th scope=row>").append(escape(cells.getFirst())).append("</th>");
      cells
          .subList(1, cells.size())
          .forEach(cell -> html.append("<td>").append(escape(cell)).append("</td>"));
      html.append("</tr>");
    }
    return html.append("</tbody></table></div>").toString();
  }

  private static String runs(Comparison comparison) {
    List<Run> runs = comparison.runs();
    var rows = new StringBuilder();
    for (String fact : runs.getFirst().facts().keySet()) {
      row(rows, fact, runs, run -> escape(run.facts().getOrDefault(fact, "")));
    }
    return table(runs, "Runs", rows);
  }

  private static String differences(Comparison comparison) {
    if (comparison.differences().isEmpty()) {
      return "<p>They say the same.</p>";
    }
    var rows = new StringBuilder();
    comparison
        .differences()
        .forEach((path, values) ->
            row(rows, path, values, value -> value.isEmpty() ? "–" : escape(value)));
    return table(comparison.runs(), "Experiments", rows);
  }

  private static String numbers(Comparison comparison) {
    var rows = new StringBuilder();
    for (String column : columns(comparison)) {
      Optional<Boolean> higher = Optional.ofNullable(comparison.higherIsBetter().get(column));
      row(rows, column, comparison.runs(), run -> lastAndBest(run, column, higher));
    }
    return rows.isEmpty()
        ? "<p>There are none yet.</p>"
        : table(comparison.runs(), "Numbers", rows);
  }

  private static String lastAndBest(Run run, String column, Optional<Boolean> higherIsBetter) {
    if (run.rows().isEmpty()) {
      return "–";
    }
    String last = Numbers.text(value(run.rows().getLast(), column));
    return higherIsBetter
        .flatMap(higher -> Epochs.best(run.rows(), column, higher))
        .map(best ->
            "%s<br><small>best %s in epoch %d</small>"
                .formatted(last, Numbers.text(value(best, column)), best.number()))
        .orElse(last);
  }

  private static SequencedSet<String> columns(Comparison comparison) {
    var columns = new LinkedHashSet<String>();
    comparison.runs().stream()
        .flatMap(run -> run.rows().stream())
        .forEach(row -> columns.addAll(row.numbers().keySet()));
    return columns;
  }

  private static String table(List<Run> runs, String label, StringBuilder rows) {
    var html = new StringBuilder("<div class=wide tabindex=0 role=region aria-label=");
    html.append(label).append("><table class=runs><thead><tr><td></td>");
    runs.forEach(run -> html.append("<th scope=col>").append(escape(run.name())).append("</th>"));
    return html.append("</tr></thead><tbody>")
        .append(rows)
        .append("</tbody></table></div>")
        .toString();
  }

  private static <T> void row(
      StringBuilder html, String name, List<T> values, Function<T, String> shown) {
    html.append("<tr><th scope=row>").append(escape(name)).append("</th>");
    values.forEach(value -> html.append("<td>").append(shown.apply(value)).append("</td>"));
    html.append("</tr>");
  }

  private static JsonObject data(Comparison comparison) {
    SequencedSet<String> columns = columns(comparison);
    int most = Math.max(40, MOST_POINTS / Math.max(1, columns.size() * comparison.runs().size()));
    var charts = new JsonArray();
    for (String column : columns) {
      var series = new JsonArray();
      for (int i = 0; i < comparison.runs().size(); i++) {
        Run run = comparison.runs().get(i);
        int colour = i; // the same in each chart
        Epochs.series(run.rows(), column, run.name(), most)
            .ifPresent(curve -> {
              curve.addProperty("colour", colour);
              series.add(curve);
            });
      }
      if (!series.isEmpty()) {
        var chart = new JsonObject();
        chart.addProperty("name", column);
        chart.add("series", series);
        charts.add(chart);
      }
    }
    var data = new JsonObject();
    data.add("charts", charts);
    data.add("constant", new JsonArray());
    return data;
  }
}
