package io.antiphon.report;

import static io.antiphon.report.Epochs.value;
import static io.antiphon.report.Frame.escape;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.Png;
import io.antiphon.core.Row;
import io.antiphon.worst.Worst;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A report as text.
///
/// @param file where it will be
/// @param state how the run is: `running`, `finished`, or a sentence that begins with how it ended
/// @param begun when the first fit began
/// @param fit the fit that is open
/// @param rows the epochs that are over
/// @param curves numbers by step
/// @param found what the last validation told of samples
/// @param names the names of classes; empty if nobody knows them
/// @param samples what a sample is called, by its place
/// @param plan the plan of the fit
/// @param surroundings what it runs on, by names
/// @param strips histograms of what layers gave, by layer
/// @param probe a probe of learning rates
record Page(
    Path file,
    String state,
    Instant begun,
    Fit fit,
    List<Row> rows,
    Map<Report.Name, Curve> curves,
    Validation.Found found,
    List<String> names,
    LongFunction<String> samples,
    String plan,
    Map<String, String> surroundings,
    Map<String, Strip> strips,
    Probe probe) {
  static final String RUNNING = "running";
  static final String LOSS = "loss";
  static final String EACH = "each batch";
  static final String SMOOTHED = "smoothed";
  static final String NORMS = "norm of gradients";

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  private static final String TRAIN = "train_";

  // so that a file stays below a megabyte, however long the run and however many its parts
  private static final int MOST_ROWS = 400;
  private static final int MOST_POINTS = 24_000;
  private static final int MOST_LIVE_POINTS = 6_000;
  private static final int MOST_SERIES = 8;
  private static final int MOST_CHARTS = 40;
  private static final int MOST_CLASSES = 30;
  private static final int MOST_PAIRS = 20;
  private static final int MOST_TEXT = 60_000;

  /// {@return the file's text}
  String html() {
    String all = String.join("\n", sections().values());
    return new Frame(title(file), Frame.head(state, head()), all, data(MOST_POINTS), false).html();
  }

  /// {@return what a browser that looks on gets}
  LiveServer.Picture picture() {
    return new LiveServer.Picture(
        state, Frame.head(state, head()), sections(), data(MOST_LIVE_POINTS));
  }

  private SequencedMap<String, String> sections() {
    var sections = new LinkedHashMap<String, String>();
    if (!rows.isEmpty() || probe.isEmpty()) {
      sections.put("summary", Frame.section("summary", "Summary", summary()));
    }
    sections.put("curves", Frame.CURVES);
    sections.put("activations", activations());
    sections.put("epochs", epochs());
    sections.put("classes", classes());
    sections.put("worst", worst());
    sections.put("plan", text("plan", "Plan", plan));
    sections.put("experiment", experiment());
    sections.put("environment", Frame.section("environment", "Environment", environment()));
    sections.values().removeIf(String::isEmpty);
    return sections;
  }

  /// {@return what a report in a file is called}
  static String title(Path file) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    Path name = folder == null ? null : folder.getFileName();
    return name == null ? "Training" : name.toString();
  }

  private String head() {
    Learner learner = fit.learner();
    double seconds = rows.stream().mapToDouble(Row::seconds).sum();
    var facts = new ArrayList<String>();
    facts.add("%,d %s".formatted(rows.size(), rows.size() == 1 ? "epoch" : "epochs"));
    facts.add("%,d steps".formatted(learner.stepsDone()));
    facts.add(Numbers.time(seconds) + " in epochs");
    facts.add("begun " + local(begun));
    facts.add("written " + local(Instant.now()));
    facts.add(learner.device().isGpu() ? "on gpu" + learner.device().getDeviceId() : "on cpu");
    facts.add("seed " + learner.seed());
    return facts.stream()
        .map(fact -> "<li>" + escape(fact) + "</li>")
        .collect(Collectors.joining());
  }

  private static String local(Instant time) {
    return TIME.format(time.atZone(ZoneId.systemDefault()));
  }

  private List<String> columns() {
    return rows.isEmpty() ? List.of() : List.copyOf(rows.getLast().numbers().sequencedKeySet());
  }

  private String summary() {
    var html = new StringBuilder();
    for (String column : columns()) {
      double last = value(rows.getLast(), column);
      Row best = Epochs.best(rows, column, isHigherBetter(column)).orElse(null);
      html.append("<div class=card><dt>").append(escape(column)).append("</dt><dd>");
      html.append(Numbers.text(last)).append("</dd>");
      if (best != null) {
        html.append("<dd class=best>best ").append(Numbers.text(value(best, column)));
        html.append(" in epoch ").append(best.number()).append("</dd>");
      }
      html.append("</div>");
    }
    return html.isEmpty() ? "<p>No epoch is over yet.</p>" : "<dl class=cards>" + html + "</dl>";
  }

  private boolean isHigherBetter(String column) {
    return fit.learner().metrics().stream()
        .filter(metric -> column.equals(metric.name()) || column.equals(TRAIN + metric.name()))
        .findFirst()
        .map(Metric::isHigherBetter)
        .orElse(false);
  }

  private String epochs() {
    if (rows.isEmpty()) {
      return "";
    }
    int every = Math.ceilDiv(rows.size(), MOST_ROWS);
    var html = new StringBuilder("<section id=epochs><h2>Epochs</h2>");
    if (every > 1) {
      html.append("<p>Every ").append(every).append("th of them, and the last.</p>");
    }
    html.append(
        "<div class=\"wide tall\" tabindex=0 role=region aria-label=Epochs><table><thead><tr>");
    var names = new ArrayList<String>();
    names.add(Row.EPOCH);
    names.addAll(columns());
    names.add("lr");
    names.add(Row.TIME);
    names.forEach(name -> html.append("<th scope=col>").append(escape(name)).append("</th>"));
    html.append("</tr></thead><tbody>");
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      if (i % every == 0 || i == rows.size() - 1) {
        html.append("<tr><th scope=row>").append(row.number());
        html.append(row.partial() ? " <small>cut short</small>" : "").append("</th>");
        columns().forEach(column -> cell(html, Numbers.text(value(row, column))));
        cell(html, Numbers.text(row.lr()));
        cell(html, Numbers.time(row.seconds()));
        html.append("</tr>");
      }
    }
    return html.append("</tbody></table></div></section>").toString();
  }

  private static void cell(StringBuilder html, String text) {
    html.append("<td>").append(escape(text)).append("</td>");
  }

  private String name(int index) {
    return index >= 0 && index < names.size() ? names.get(index) : Integer.toString(index);
  }

  private String classes() {
    long[][] counts = found.confusion().toArray(long[][]::new);
    if (counts.length == 0) {
      return "";
    }
    var html = new StringBuilder("<section id=classes><h2>Classes</h2>");
    if (counts.length <= MOST_CLASSES) {
      matrix(html, counts);
    }
    pairs(html, counts);
    return html.append("</section>").toString();
  }

  private void matrix(StringBuilder html, long[][] counts) {
    html.append(
        "<p>The last validation: a row is what samples are, a column what they were taken"
            + " for.</p><div class=wide tabindex=0 role=region aria-label=Confusion><table"
            + " class=confusion><thead><tr><td></td>");
    for (int i = 0; i < counts.length; i++) {
      html.append("<th scope=col>").append(escape(name(i))).append("</th>");
    }
    html.append("<th scope=col>right</th></tr></thead><tbody>");
    for (int i = 0; i < counts.length; i++) {
      long all = Math.max(1, IntStream.range(0, counts.length).mapToLong(of(counts[i])).sum());
      html.append("<tr><th scope=row>").append(escape(name(i))).append("</th>");
      for (int j = 0; j < counts.length; j++) {
        html.append("<td class=").append(i == j ? "right" : "wrong").append(" style=\"--share:");
        html.append(String.format(Locale.ROOT, "%.0f%%", 100.0 * counts[i][j] / all));
        html.append("\">").append(counts[i][j]).append("</td>");
      }
      cell(html, String.format(Locale.ROOT, "%.1f %%", 100.0 * counts[i][i] / all));
      html.append("</tr>");
    }
    html.append("</tbody></table></div>");
  }

  private static java.util.function.IntToLongFunction of(long[] counts) {
    return index -> counts[index];
  }

  /// What is taken for what, by how often.
  private void pairs(StringBuilder html, long[][] counts) {
    record Pair(int is, int says, long count) {}
    var pairs = new ArrayList<Pair>();
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts.length; j++) {
        if (i != j && counts[i][j] > 0) {
          pairs.add(new Pair(i, j, counts[i][j]));
        }
      }
    }
    pairs.sort(Comparator.comparingLong(Pair::count).reversed());
    if (pairs.isEmpty()) {
      html.append("<p>No sample was taken for what it is not.</p>");
      return;
    }
    html.append("<details").append(counts.length > MOST_CLASSES ? " open" : "");
    html.append(
        "><summary>Most confused</summary><table><thead><tr><th scope=col>is</th>"
            + "<th scope=col>taken for</th><th scope=col>samples</th></tr></thead><tbody>");
    for (Pair pair : pairs.subList(0, Math.min(MOST_PAIRS, pairs.size()))) {
      html.append("<tr>");
      cell(html, name(pair.is()));
      cell(html, name(pair.says()));
      cell(html, Long.toString(pair.count()));
      html.append("</tr>");
    }
    html.append("</tbody></table></details>");
  }

  private String worst() {
    if (found.worst().isEmpty()) {
      return "";
    }
    var html = new StringBuilder("<section id=worst><h2>Most wrong</h2><ul class=samples>");
    for (Worst each : found.worst()) {
      String called = samples.apply(each.place());
      html.append("<li>");
      each.picture()
          .ifPresent(picture ->
              html.append("<img alt=\"sample ")
                  .append(escape(called))
                  .append("\" src=\"")
                  .append(source(picture))
                  .append("\">"));
      html.append("<div><strong>").append(escape(called)).append("</strong>");
      html.append("<span>loss ").append(Numbers.text(each.loss())).append("</span>");
      if (!each.target().isEmpty()) {
        html.append("<span>is ").append(escape(each.is(names))).append("</span>");
      }
      if (!each.output().isEmpty()) {
        html.append("<span>says ").append(escape(each.says(names))).append("</span>");
      }
      html.append("</div></li>");
    }
    return html.append("</ul></section>").toString();
  }

  private String experiment() {
    Path experiment = file.toAbsolutePath().resolveSibling("experiment.yaml");
    if (!Files.isRegularFile(experiment)) {
      return "";
    }
    try {
      return text("experiment", "Experiment", Files.readString(experiment));
    } catch (IOException e) {
      return text("experiment", "Experiment", "It cannot be read: " + e.getMessage());
    }
  }

  private static String text(String id, String title, String text) {
    String shown = text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) + "\n… and more" : text;
    return Frame.section(
        id,
        title,
        "<pre class=wide tabindex=0 role=region aria-label=%s>%s</pre>"
            .formatted(title, escape(shown)));
  }

  /// What layers gave, as the book draws it.
  private String activations() {
    if (strips.isEmpty()) {
      return "";
    }
    var html = new StringBuilder();
    html.append(
        "<p class=hint>What each layer gave in training, from the first step on the left to the last"
            + " on the right. Upwards are magnitudes; the brighter, the more values. What is bright at"
            + " the bottom only is dead.</p><ul class=dimensions>");
    strips.forEach((layer, strip) -> {
      String numbers =
          "magnitudes 0 to %s; at the end mean %s, deviation %s, %s near zero"
              .formatted(
                  Numbers.text(Activations.top(strip)),
                  Numbers.text(last(Activations.MEAN, layer)),
                  Numbers.text(last(Activations.DEVIATION, layer)),
                  percent(last(Activations.NEAR_ZERO, layer)));
      html.append("<li><h3>").append(escape(layer)).append("</h3><img alt=\"histograms of ");
      html.append(escape(layer)).append("\" src=\"").append(source(Activations.picture(strip)));
      html.append("\"><p>").append(escape(numbers)).append("</p></li>");
    });
    return Frame.section("activations", "Activations", html.append("</ul>").toString());
  }

  private double last(String chart, String layer) {
    Curve curve = curves.get(new Report.Name(chart, layer));
    return curve == null || curve.isEmpty() ? Double.NaN : curve.last();
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static String source(Png picture) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(picture.toBytes());
  }

  private String environment() {
    var html = new StringBuilder("<dl class=facts>");
    surroundings.forEach((name, fact) ->
        html.append("<div><dt>")
            .append(escape(name))
            .append("</dt><dd>")
            .append(escape(fact))
            .append("</dd></div>"));
    html.append("</dl><details><summary>Modules</summary><ul class=modules>");
    Surroundings.modules()
        .forEach(each -> html.append("<li>").append(escape(each)).append("</li>"));
    return html.append("</ul></details>").toString();
  }

  private JsonObject data(int points) {
    var charts = new LinkedHashMap<String, JsonArray>();
    int ofLoss = points / 6; // of each batch, and smoothed
    int most = Math.max(40, (points - 2 * ofLoss) / Math.max(1, curves.size()));
    Map<String, Map<String, Curve>> byChart = new LinkedHashMap<>();
    byChart.put(LOSS, new LinkedHashMap<>());
    curves.forEach((name, curve) ->
        byChart
            .computeIfAbsent(name.chart(), _ -> new LinkedHashMap<>())
            .put(name.series(), curve));
    charts.put(LOSS, new JsonArray());
    byChart.get(LOSS).forEach((name, curve) -> charts.get(LOSS).add(curve.json(name, ofLoss)));
    column(charts, LOSS, "validation", Row.VALID_LOSS);
    for (String column : columns()) {
      if (!List.of(Row.TRAIN_LOSS, Row.VALID_LOSS).contains(column)) {
        boolean trains = column.startsWith(TRAIN);
        column(
            charts,
            trains ? column.substring(TRAIN.length()) : column,
            trains ? "training" : "validation",
            column);
      }
    }
    var constant = new JsonArray();
    byChart.forEach((chart, series) -> {
      if (!chart.equals(LOSS)) {
        series(charts, constant, chart, series, most);
      }
    });
    var list = new JsonArray();
    charts.forEach((name, series) -> {
      if (!series.isEmpty() && list.size() < MOST_CHARTS) {
        var chart = new JsonObject();
        chart.addProperty("name", name);
        chart.add("series", series);
        list.add(chart);
      }
    });
    if (!probe.isEmpty()) {
      list.add(probe.chart());
    }
    var data = new JsonObject();
    data.add("charts", list);
    data.add("constant", constant);
    data.addProperty("running", state.equals(RUNNING));
    return data;
  }

  private void column(Map<String, JsonArray> charts, String chart, String name, String column) {
    Epochs.series(rows, column, name, 2 * MOST_ROWS)
        .ifPresent(series -> charts.computeIfAbsent(chart, _ -> new JsonArray()).add(series));
  }

  /// Adds the curves of a chart, equal ones as one; those that never change are told in words.
  private static void series(
      Map<String, JsonArray> charts,
      JsonArray constant,
      String chart,
      Map<String, Curve> series,
      int most) {
    var names = new LinkedHashMap<Curve, String>();
    series.forEach((name, curve) -> {
      if (!curve.isEmpty()) {
        Curve equal = names.keySet().stream().filter(curve::isEqual).findFirst().orElse(curve);
        names.merge(equal, name, (one, other) -> one + ", " + other);
      }
    });
    boolean moves = names.keySet().stream().anyMatch(curve -> !curve.isConstant());
    if (!moves && !chart.equals(NORMS)) {
      names.forEach((curve, name) -> {
        String whose = names.size() == 1 ? "" : " of " + shortened(name);
        constant.add(chart + whose + " " + Numbers.text(curve.values()[0]));
      });
      return;
    }
    int every = Math.ceilDiv(names.size(), MOST_SERIES);
    var shown = new JsonArray();
    int index = 0;
    for (Map.Entry<Curve, String> each : names.entrySet()) {
      if (index++ % every == 0) {
        String name = names.size() == 1 ? chart : shortened(each.getValue());
        shown.add(each.getKey().json(name, most));
      }
    }
    charts.put(chart, shown);
  }

  private static String shortened(String name) {
    return name.length() > 40 ? name.substring(0, 39) + "…" : name;
  }
}
