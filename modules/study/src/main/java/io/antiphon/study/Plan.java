package io.antiphon.study;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// What a study runs, settled before its first trial and never changed.
///
/// @param format the version of this form
/// @param command `ablate` or `sweep`
/// @param name what the experiment is called
/// @param metric the number by which trials are judged, a column of their rows
/// @param directions for each number of the tables whether more of it is better, in their order
/// @param threads how many threads a trial computes with, however many trials run at once
/// @param epochs how many epochs the experiment trains; 0 if it does not count epochs
/// @param rungs after how many epochs poor trials end, ascending; none if all run to their end
/// @param eta one of how many trials goes on after a rung
/// @param axes the paths that a sweep varies, with their spaces; none for an ablation
/// @param trials the trials, by their numbers
record Plan(
    int format,
    String command,
    String name,
    String metric,
    SequencedMap<String, Boolean> directions,
    int threads,
    int epochs,
    List<Integer> rungs,
    int eta,
    SequencedMap<String, String> axes,
    List<Trial> trials) {
  static final int FORMAT = 1;
  static final String ABLATE = "ablate";
  static final String SWEEP = "sweep";

  /// One run.
  ///
  /// @param number from 0
  /// @param name what it shows: the variant of an ablation, the trial of a sweep
  /// @param seed the seed of its run
  /// @param values what it sets in the experiment, by path
  record Trial(int number, String name, long seed, SequencedMap<String, String> values) {
    private static Trial of(JsonObject json) {
      var values = new LinkedHashMap<String, String>();
      json.getAsJsonObject("values")
          .entrySet()
          .forEach(each -> values.put(each.getKey(), each.getValue().getAsString()));
      return new Trial(
          json.get("number").getAsInt(),
          json.get("name").getAsString(),
          json.get("seed").getAsLong(),
          values);
    }

    private JsonObject json() {
      var json = new JsonObject();
      json.addProperty("number", number);
      json.addProperty("name", name);
      json.addProperty("seed", seed);
      var set = new JsonObject();
      values.forEach(set::addProperty);
      json.add("values", set);
      return json;
    }
  }

  static Plan of(JsonObject json) {
    var directions = new LinkedHashMap<String, Boolean>();
    json.getAsJsonObject("higher_is_better")
        .entrySet()
        .forEach(each -> directions.put(each.getKey(), each.getValue().getAsBoolean()));
    var axes = new LinkedHashMap<String, String>();
    json.getAsJsonObject("axes")
        .entrySet()
        .forEach(each -> axes.put(each.getKey(), each.getValue().getAsString()));
    return new Plan(
        json.get("format").getAsInt(),
        json.get("command").getAsString(),
        json.get("name").getAsString(),
        json.get("metric").getAsString(),
        directions,
        json.get("threads").getAsInt(),
        json.get("epochs").getAsInt(),
        json.getAsJsonArray("rungs").asList().stream().map(JsonElement::getAsInt).toList(),
        json.get("eta").getAsInt(),
        axes,
        json.getAsJsonArray("trials").asList().stream()
            .map(trial -> Trial.of(trial.getAsJsonObject()))
            .toList());
  }

  JsonObject json() {
    var json = new JsonObject();
    json.addProperty("format", format);
    json.addProperty("command", command);
    json.addProperty("name", name);
    json.addProperty("metric", metric);
    var higher = new JsonObject();
    directions.forEach(higher::addProperty);
    json.add("higher_is_better", higher);
    json.addProperty("threads", threads);
    json.addProperty("epochs", epochs);
    var ends = new JsonArray();
    rungs.forEach(ends::add);
    json.add("rungs", ends);
    json.addProperty("eta", eta);
    var spaces = new JsonObject();
    axes.forEach(spaces::addProperty);
    json.add("axes", spaces);
    var all = new JsonArray();
    trials.forEach(trial -> all.add(trial.json()));
    json.add("trials", all);
    return json;
  }

  /// {@return the numbers of the tables, the one by which trials are judged first}
  List<String> columns() {
    var columns = new ArrayList<>(directions.keySet());
    columns.remove(metric);
    columns.addFirst(metric);
    return List.copyOf(columns);
  }

  boolean isHigherBetter() {
    return directions.getOrDefault(metric, false);
  }
}
