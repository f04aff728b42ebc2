package io.antiphon.study;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.antiphon.core.spi.ComparisonPage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// What the trials of a sweep came to, the best one first: those that ran to their end before those
/// that were stopped, what failed last.
///
/// @param study the study
/// @param plan its plan
/// @param ranked the trials in that order
record Sweep(StudyFolder study, Plan plan, List<Result> ranked) implements Account {
  /// How many curves can be told apart.
  private static final int MOST_CURVES = 8;

  static Sweep of(StudyFolder study, Plan plan, List<Result> results) {
    Comparator<Result> byState = Comparator.comparingInt(Sweep::group);
    return new Sweep(
        study,
        plan,
        results.stream()
            .sorted(
                byState
                    .thenComparingInt(
                        result -> result.is(Finding.State.PAUSED) ? -result.rows().size() : 0)
                    .thenComparing(Course.byValue(plan, Optional.empty())))
            .toList());
  }

  private static int group(Result result) {
    return result.is(Finding.State.FINISHED) ? 0 : result.is(Finding.State.PAUSED) ? 1 : 2;
  }

  @Override
  public String name() {
    return "sweep";
  }

  @Override
  public String title() {
    return "Sweep of " + plan.name();
  }

  @Override
  public List<Table> tables() {
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<String>();
    head.add("trial");
    head.addAll(plan.axes().keySet());
    head.addAll(plan.columns());
    head.addAll(List.of("epochs", "s per epoch", "peak, MB", "state"));
    rows.add(head);
    for (Result result : ranked) {
      var row = new ArrayList<String>();
      row.add(result.trial().name());
      plan.axes().keySet().forEach(path -> row.add(result.trial().values().getOrDefault(path, "")));
      plan.columns().forEach(column -> row.add(Cells.number(result.value(column))));
      row.add("" + result.rows().size());
      row.add(Cells.number(result.secondsPerEpoch()));
      row.add(Cells.number(result.peakMegabytes()));
      row.add(state(result));
      rows.add(row);
    }
    return List.of(new Table("Trials", reading(), rows));
  }

  private static String state(Result result) {
    return result.is(Finding.State.PAUSED) ? "stopped" : result.state();
  }

  private List<String> reading() {
    var text = new ArrayList<String>();
    text.add(
        ("The best first, by %s (%s is better) at the end of a run; of one seed each, so small"
                + " differences may be chance.")
            .formatted(plan.metric(), plan.isHigherBetter() ? "more" : "less"));
    if (!plan.rungs().isEmpty()) {
      text.add(
          ("stopped: not among the better one of %d after epoch %s, and dashed where trials are drawn; the"
                  + " others went on from there, exactly.")
              .formatted(
                  plan.eta(),
                  String.join(" or ", plan.rungs().stream().map(rung -> "" + rung).toList())));
    }
    text.add(
        "Seconds: the median epoch, its validation included. Memory: the most that the trial's process"
            + " had resident (VmHWM of Linux); MB are 10^6 bytes.");
    Result best = ranked.getFirst();
    if (best.is(Finding.State.FINISHED)) {
      text.add(
          "The best one once more: antiphon train %s".formatted(study.experiment(best.trial())));
    }
    return text;
  }

  @Override
  public List<List<String>> csv() {
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<>(List.of("rank", "trial"));
    head.addAll(plan.axes().keySet());
    head.addAll(plan.columns());
    head.addAll(List.of("epochs", "seconds_per_epoch", "peak_megabytes", "state"));
    rows.add(head);
    for (int i = 0; i < ranked.size(); i++) {
      Result result = ranked.get(i);
      var row = new ArrayList<>(List.of("" + (i + 1), result.trial().name()));
      plan.axes().keySet().forEach(path -> row.add(result.trial().values().getOrDefault(path, "")));
      plan.columns().forEach(column -> row.add(Cells.exact(result.value(column))));
      row.add("" + result.rows().size());
      row.add(Cells.exact(result.secondsPerEpoch()));
      row.add(Cells.exact(result.peakMegabytes()));
      row.add(state(result));
      rows.add(row);
    }
    return rows;
  }

  @Override
  public JsonObject json() {
    var json = new JsonObject();
    json.addProperty("experiment", plan.name());
    json.addProperty("metric", plan.metric());
    json.addProperty("higher_is_better", plan.isHigherBetter());
    json.addProperty("threads", plan.threads());
    var trials = new JsonArray();
    for (Result result : ranked) {
      var trial = new JsonObject();
      trial.addProperty("trial", result.trial().number());
      trial.addProperty("seed", result.trial().seed());
      var values = new JsonObject();
      result.trial().values().forEach(values::addProperty);
      trial.add("values", values);
      var numbers = new JsonObject();
      plan.columns().forEach(column -> numbers.add(column, number(result.value(column))));
      trial.add("numbers", numbers);
      trial.addProperty("epochs", result.rows().size());
      trial.add("seconds_per_epoch", number(result.secondsPerEpoch()));
      trial.add("peak_megabytes", number(result.peakMegabytes()));
      trial.addProperty("state", state(result));
      trials.add(trial);
    }
    json.add("trials", trials);
    return json;
  }

  private static JsonElement number(double value) {
    return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
  }

  @Override
  public String picture(Table table) {
    return ParallelAxes.svg(plan, ranked);
  }

  @Override
  public List<ComparisonPage.Run> runs() {
    return best().stream()
        .map(result -> {
          SequencedMap<String, String> facts = new LinkedHashMap<>();
          facts.put("state", state(result));
          facts.put("epochs", "" + result.rows().size());
          return new ComparisonPage.Run("trial " + result.trial().name(), facts, result.rows());
        })
        .toList();
  }

  private List<Result> best() {
    return ranked.stream().limit(MOST_CURVES).toList();
  }

  @Override
  public SequencedMap<String, List<String>> differences() {
    SequencedMap<String, List<String>> differences = new LinkedHashMap<>();
    for (String path : plan.axes().keySet()) {
      differences.put(
          path, best().stream().map(each -> each.trial().values().getOrDefault(path, "")).toList());
    }
    return differences;
  }
}
