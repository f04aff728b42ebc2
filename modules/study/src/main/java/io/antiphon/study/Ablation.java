package io.antiphon.study;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.antiphon.core.Row;
import io.antiphon.core.spi.ComparisonPage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;

/// What each callback of an experiment brings and costs: everything against nothing, and against
/// everything but one, pair by pair of the same seed.
///
/// @param plan the plan
/// @param seeds the seeds, in order
/// @param variants the results of each variant by its name, everything first
/// @param effects for each number what each other variant tells of it
record Ablation(
    Plan plan,
    List<Long> seeds,
    SequencedMap<String, List<Result>> variants,
    SequencedMap<String, List<Effect>> effects)
    implements Account {
  static final String EVERYTHING = "everything";
  static final String NOTHING = "nothing";
  static final String WITHOUT = "without ";

  /// From which p-value on, corrected by Holm, nothing is claimed.
  private static final double CLAIM = 0.05;

  /// What everything has before another variant, for one number.
  ///
  /// @param variant the other variant
  /// @param pairs the differences, everything minus the other
  /// @param holmT the p-value of the t-test, corrected for the number of callbacks; as it is for
  ///   `nothing`, which is one comparison by itself
  /// @param holmWilcoxon the same of Wilcoxon's test
  record Effect(String variant, Paired pairs, double holmT, double holmWilcoxon) {}

  static Ablation of(Plan plan, List<Result> results) {
    var seeds = new LinkedHashSet<Long>();
    var variants = new LinkedHashMap<String, List<Result>>();
    for (Result result : results) {
      seeds.add(result.trial().seed());
      variants.computeIfAbsent(result.trial().name(), _ -> new ArrayList<>()).add(result);
    }
    var effects = new LinkedHashMap<String, List<Effect>>();
    for (String column : plan.columns()) {
      effects.put(column, effects(variants, column));
    }
    return new Ablation(plan, List.copyOf(seeds), variants, effects);
  }

  private static List<Effect> effects(SequencedMap<String, List<Result>> variants, String column) {
    List<String> names =
        variants.keySet().stream().filter(each -> !each.equals(EVERYTHING)).toList();
    List<Paired> pairs =
        names.stream()
            .map(name ->
                pairs(
                    variants.getOrDefault(EVERYTHING, List.of()),
                    variants.getOrDefault(name, List.of()),
                    each -> each.value(column)))
            .toList();
    List<Double> t = holm(names, pairs.stream().map(Paired::t).toList());
    List<Double> wilcoxon = holm(names, pairs.stream().map(Paired::wilcoxon).toList());
    var effects = new ArrayList<Effect>();
    for (int i = 0; i < names.size(); i++) {
      effects.add(new Effect(names.get(i), pairs.get(i), t.get(i), wilcoxon.get(i)));
    }
    return effects;
  }

  private static List<Double> holm(List<String> names, List<Double> probabilities) {
    var family = new ArrayList<>(probabilities);
    int nothing = names.indexOf(NOTHING);
    if (nothing >= 0) {
      family.set(nothing, Double.NaN); // one comparison by itself
    }
    var corrected = new ArrayList<>(Paired.holm(family));
    if (nothing >= 0) {
      corrected.set(nothing, probabilities.get(nothing));
    }
    return corrected;
  }

  /// {@return the differences of the pairs of which both have a number}
  private static Paired pairs(
      List<Result> with, List<Result> without, ToDoubleFunction<Result> number) {
    var first = new ArrayList<Double>();
    var second = new ArrayList<Double>();
    for (int i = 0; i < with.size(); i++) {
      double a = number.applyAsDouble(with.get(i));
      double b = number.applyAsDouble(without.get(i));
      if (Double.isFinite(a) && Double.isFinite(b)) {
        first.add(a);
        second.add(b);
      }
    }
    return Paired.of(
        first.stream().mapToDouble(each -> each).toArray(),
        second.stream().mapToDouble(each -> each).toArray());
  }

  @Override
  public String name() {
    return "ablation";
  }

  @Override
  public String title() {
    return "Ablation of " + plan.name();
  }

  @Override
  public List<Table> tables() {
    var tables = new ArrayList<Table>();
    effects.forEach((column, each) -> tables.add(table(column, each)));
    tables.add(new Table("How to read this", reading(), List.of()));
    tables.add(costs());
    List<List<String>> failures = failures();
    if (!failures.isEmpty()) {
      failures.addFirst(List.of("variant", "seed", "why"));
      tables.add(new Table("Trials that failed", List.of(), failures));
    }
    return tables;
  }

  private Table table(String column, List<Effect> each) {
    boolean higher = plan.directions().getOrDefault(column, false);
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "variant",
            column,
            "difference",
            "95 % interval",
            "p (t)",
            "Holm",
            "p (Wilcoxon)",
            "Holm",
            "pairs",
            "verdict"));
    rows.add(
        List.of(
            EVERYTHING,
            mean(EVERYTHING, result -> result.value(column)),
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            ""));
    for (Effect effect : each) {
      Paired pairs = effect.pairs();
      rows.add(
          List.of(
              effect.variant(),
              mean(effect.variant(), result -> result.value(column)),
              Cells.signed(pairs.mean()),
              interval(pairs),
              Cells.probability(pairs.t()),
              effect.variant().equals(NOTHING) ? "" : Cells.probability(effect.holmT()),
              Cells.probability(pairs.wilcoxon()),
              effect.variant().equals(NOTHING) ? "" : Cells.probability(effect.holmWilcoxon()),
              "" + pairs.pairs(),
              verdict(effect, higher)));
    }
    return new Table(
        column + (higher ? " (more is better)" : " (less is better)"), List.of(), rows);
  }

  private List<String> reading() {
    int n = seeds.size();
    var text = new ArrayList<String>();
    text.add(
        ("Means over %d seed%s (%s), at the end of each run. difference: everything minus the variant,"
                + " so what the callback left out brings.")
            .formatted(
                n,
                n == 1 ? "" : "s",
                n == 1 ? "" + seeds.getFirst() : seeds.getFirst() + " to " + seeds.getLast()));
    if (n < 2) {
      text.add(
          "One seed has no spread: no interval, no test, and no verdict; --seeds 5 or more give them.");
      return text;
    }
    text.add(
        "Pairs have the same seed. Interval: 95 % confidence interval of the mean difference, by"
            + " Student's t of the pairs. Tests: paired t, and Wilcoxon's signed ranks (exact; zero"
            + " differences left out, ties at their mean rank), both two-sided; Holm: corrected for the"
            + " number of callbacks. Verdict: by the t-test after Holm, at 0.05.");
    double least = Math.pow(2, 1.0 - n);
    if (least > CLAIM) {
      text.add(
          ("%d seeds are few: Wilcoxon's p cannot be below %s however clear the matter is, and t takes"
                  + " it on trust that differences are normally distributed.")
              .formatted(n, Cells.number(least)));
    }
    return text;
  }

  private static String interval(Paired pairs) {
    return pairs.spread() == Paired.Spread.SPREAD
        ? Cells.signed(pairs.low()) + " to " + Cells.signed(pairs.high())
        : Cells.NOTHING;
  }

  /// {@return what may be said of a callback, in a few words}
  static String verdict(Effect effect, boolean higherIsBetter) {
    Paired pairs = effect.pairs();
    boolean better = (pairs.mean() > 0) == higherIsBetter;
    return switch (pairs.spread()) {
      case TOO_FEW -> pairs.pairs() == 0 ? "no pairs" : "one pair tells nothing";
      case IDENTICAL -> "does nothing";
      case CONSTANT ->
          (better ? "better" : "worse") + " by the same for each seed, no spread to test";
      case SPREAD -> {
        if (effect.holmT() < CLAIM) {
          yield better ? "helps" : "harms";
        }
        yield "not shown";
      }
    };
  }

  private Table costs() {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "variant",
            "s per epoch",
            "difference",
            "95 % interval",
            "peak, MB",
            "difference",
            "95 % interval"));
    for (String variant : variants.sequencedKeySet()) {
      boolean isAll = variant.equals(EVERYTHING);
      Paired seconds = cost(variant, Result::secondsPerEpoch);
      Paired megabytes = cost(variant, Result::peakMegabytes);
      rows.add(
          List.of(
              variant,
              mean(variant, Result::secondsPerEpoch),
              isAll ? "" : Cells.signed(seconds.mean()),
              isAll ? "" : interval(seconds),
              mean(variant, Result::peakMegabytes),
              isAll ? "" : Cells.signed(megabytes.mean()),
              isAll ? "" : interval(megabytes)));
    }
    return new Table(
        "Time and memory",
        List.of(
            "Seconds: the median epoch of a run, its validation included, then the mean over seeds;"
                + " trials that run at once slow each other down. Memory: the most that the trial's"
                + " process had resident (VmHWM of Linux), Java, libtorch and data together; MB are 10^6"
                + " bytes. difference: everything minus the variant, so what the callback left out costs;"
                + " intervals as above."),
        rows);
  }

  private Paired cost(String variant, ToDoubleFunction<Result> number) {
    return pairs(results(EVERYTHING), results(variant), number);
  }

  private List<Result> results(String variant) {
    return variants.getOrDefault(variant, List.of());
  }

  private String mean(String variant, ToDoubleFunction<Result> number) {
    return Cells.number(meanOf(variant, number));
  }

  private double meanOf(String variant, ToDoubleFunction<Result> number) {
    return results(variant).stream()
        .mapToDouble(number)
        .filter(Double::isFinite)
        .average()
        .orElse(Double.NaN);
  }

  private List<List<String>> failures() {
    var rows = new ArrayList<List<String>>();
    variants.values().stream()
        .flatMap(List::stream)
        .filter(result -> result.is(Finding.State.FAILED))
        .forEach(result ->
            rows.add(
                List.of(
                    result.trial().name(),
                    "" + result.trial().seed(),
                    result.finding().orElseThrow().error())));
    return rows;
  }

  @Override
  public List<List<String>> csv() {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "metric",
            "higher_is_better",
            "variant",
            "mean",
            "pairs",
            "difference",
            "low_95",
            "high_95",
            "p_t",
            "p_t_holm",
            "p_wilcoxon",
            "p_wilcoxon_holm",
            "verdict",
            "seconds_per_epoch",
            "seconds_difference",
            "peak_megabytes",
            "megabytes_difference"));
    effects.forEach((column, each) -> {
      boolean higher = plan.directions().getOrDefault(column, false);
      var all = new ArrayList<>(List.of(column, "" + higher, EVERYTHING));
      all.add(Cells.exact(meanOf(EVERYTHING, result -> result.value(column))));
      all.addAll(Collections.nCopies(9, ""));
      all.add(Cells.exact(meanOf(EVERYTHING, Result::secondsPerEpoch)));
      all.add("");
      all.add(Cells.exact(meanOf(EVERYTHING, Result::peakMegabytes)));
      all.add("");
      rows.add(all);
      for (Effect effect : each) {
        Paired pairs = effect.pairs();
        rows.add(
            List.of(
                column,
                "" + higher,
                effect.variant(),
                Cells.exact(meanOf(effect.variant(), result -> result.value(column))),
                "" + pairs.pairs(),
                Cells.exact(pairs.mean()),
                Cells.exact(pairs.low()),
                Cells.exact(pairs.high()),
                Cells.exact(pairs.t()),
                Cells.exact(effect.holmT()),
                Cells.exact(pairs.wilcoxon()),
                Cells.exact(effect.holmWilcoxon()),
                verdict(effect, higher),
                Cells.exact(meanOf(effect.variant(), Result::secondsPerEpoch)),
                Cells.exact(cost(effect.variant(), Result::secondsPerEpoch).mean()),
                Cells.exact(meanOf(effect.variant(), Result::peakMegabytes)),
                Cells.exact(cost(effect.variant(), Result::peakMegabytes).mean())));
      }
    });
    return rows;
  }

  @Override
  public JsonObject json() {
    var json = new JsonObject();
    json.addProperty("experiment", plan.name());
    json.addProperty("threads", plan.threads());
    var numbers = new JsonArray();
    seeds.forEach(numbers::add);
    json.add("seeds", numbers);
    json.addProperty(
        "interval", "95 % confidence interval of the mean difference, paired Student's t");
    var metrics = new JsonArray();
    effects.forEach((column, each) -> {
      var metric = new JsonObject();
      metric.addProperty("metric", column);
      metric.addProperty("higher_is_better", plan.directions().getOrDefault(column, false));
      var list = new JsonArray();
      each.forEach(effect -> list.add(json(column, effect)));
      metric.add(EVERYTHING, values(EVERYTHING, result -> result.value(column)));
      metric.add("variants", list);
      metrics.add(metric);
    });
    json.add("metrics", metrics);
    var costs = new JsonArray();
    for (String variant : variants.sequencedKeySet()) {
      var cost = new JsonObject();
      cost.addProperty("variant", variant);
      cost.add("seconds_per_epoch", values(variant, Result::secondsPerEpoch));
      cost.add("peak_megabytes", values(variant, Result::peakMegabytes));
      costs.add(cost);
    }
    json.add("costs", costs);
    return json;
  }

  private JsonObject json(String column, Effect effect) {
    Paired pairs = effect.pairs();
    var json = new JsonObject();
    json.addProperty("variant", effect.variant());
    json.add("values", values(effect.variant(), result -> result.value(column)));
    json.addProperty("pairs", pairs.pairs());
    json.add("difference", number(pairs.mean()));
    json.add("low", number(pairs.low()));
    json.add("high", number(pairs.high()));
    json.add("p_t", number(pairs.t()));
    json.add("p_t_holm", number(effect.holmT()));
    json.add("p_wilcoxon", number(pairs.wilcoxon()));
    json.add("p_wilcoxon_holm", number(effect.holmWilcoxon()));
    json.addProperty("verdict", verdict(effect, plan.directions().getOrDefault(column, false)));
    return json;
  }

  private JsonArray values(String variant, ToDoubleFunction<Result> number) {
    var values = new JsonArray();
    results(variant).forEach(result -> values.add(number(number.applyAsDouble(result))));
    return values;
  }

  private static JsonElement number(double value) {
    return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
  }

  @Override
  public String picture(Table table) {
    int index = tables().indexOf(table);
    if (index < 0 || index >= effects.size()) {
      return "";
    }
    String column = List.copyOf(effects.sequencedKeySet()).get(index);
    return Intervals.svg(
        effects.getOrDefault(column, List.of()), plan.directions().getOrDefault(column, false));
  }

  /// {@return for each variant the means of its runs, epoch by epoch}
  @Override
  public List<ComparisonPage.Run> runs() {
    var runs = new ArrayList<ComparisonPage.Run>();
    variants.forEach((name, results) -> {
      SequencedMap<String, String> facts = new LinkedHashMap<>();
      List<Result> whole =
          results.stream().filter(each -> each.is(Finding.State.FINISHED)).toList();
      facts.put("runs", "mean of " + whole.size());
      runs.add(new ComparisonPage.Run(name, facts, means(whole)));
    });
    return runs;
  }

  private static List<Row> means(List<Result> whole) {
    int epochs = whole.stream().mapToInt(each -> each.rows().size()).min().orElse(0);
    var rows = new ArrayList<Row>();
    for (int i = 0; i < epochs; i++) {
      int index = i;
      Row first = whole.getFirst().rows().get(i);
      List<Row.Cell> cells =
          first.cells().stream()
              .map(cell ->
                  new Row.Cell(
                      cell.column(),
                      whole.stream()
                          .mapToDouble(each ->
                              each.rows()
                                  .get(index)
                                  .numbers()
                                  .getOrDefault(cell.column(), Double.NaN))
                          .average()
                          .orElse(Double.NaN)))
              .toList();
      rows.add(
          new Row(
              first.index(),
              first.number(),
              first.step(),
              cells,
              first.lr(),
              first.seconds(),
              false));
    }
    return rows;
  }

  @Override
  public SequencedMap<String, List<String>> differences() {
    SequencedMap<String, List<String>> differences = new LinkedHashMap<>();
    for (String without : variants.sequencedKeySet()) {
      if (without.startsWith(WITHOUT)) {
        differences.put(
            "callbacks." + without.substring(WITHOUT.length()),
            variants.sequencedKeySet().stream()
                .map(each -> each.equals(NOTHING) || each.equals(without) ? "" : "named")
                .toList());
      }
    }
    return differences;
  }
}
