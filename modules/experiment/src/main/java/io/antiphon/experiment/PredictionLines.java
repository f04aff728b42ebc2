package io.antiphon.experiment;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Predictions as lines: CSV with a line of names first, or a JSON object for each.
///
/// CSV has the columns `sample`; for classes `class` and `probability`, for labels `labels` (those
/// that hold, with `|` between them); `p(NAME)` for the probability of each, `NAME` for a number
/// that is predicted, `share(NAME)` for the pixels of a class; then, if the first sample has a
/// target, `target` (or `target(NAME)` for each), and `loss`. JSON has the same by name: `class`
/// and `probability` or `labels`, `probabilities`, `values` or `shares`, `target`, `loss`. Of a
/// language model there are `sample`, `loss` and `perplexity`.
public final class PredictionLines implements Consumer<Prediction> {
  private final Task task;
  private final boolean json;
  private final Consumer<String> out;
  private Optional<Prediction> first = Optional.empty();

  /// @param task the model's
  /// @param json whether in JSON
  /// @param out takes the lines
  public PredictionLines(Task task, boolean json, Consumer<String> out) {
    this.task = task;
    this.json = json;
    this.out = out;
  }

  /// Writes one.
  ///
  /// @throws IllegalArgumentException if it has a target and the first one had none, or the other
  ///   way round, so that it fits no column
  @Override
  public void accept(Prediction prediction) {
    if (json) {
      out.accept(object(prediction).toString());
      return;
    }
    if (first.isEmpty()) {
      first = Optional.of(prediction);
      out.accept(RunFolder.line(head(prediction)));
    }
    if (first.get().target().isPresent() != prediction.target().isPresent()) {
      throw new IllegalArgumentException(
          "sample %s has %s target, unlike those before it; predict them apart, or with --json"
              .formatted(prediction.sample(), prediction.target().isPresent() ? "a" : "no"));
    }
    out.accept(RunFolder.line(cells(prediction)));
  }

  private List<String> head(Prediction prediction) {
    var head = new ArrayList<String>(List.of("sample"));
    switch (task.goal()) {
      case CLASSIFICATION -> head.addAll(List.of("class", "probability"));
      case LABELS -> head.add("labels");
      default -> {}
    }
    if (task.goal() == Task.Goal.LANGUAGE_MODEL) {
      head.addAll(List.of("loss", "perplexity"));
      return head;
    }
    task.names().forEach(name -> head.add(column().formatted(name)));
    prediction
        .target()
        .ifPresent(target -> {
          if (target.numbers().isEmpty()) {
            head.add("target");
          } else {
            task.names().forEach(name -> head.add("target(%s)".formatted(name)));
          }
        });
    prediction.loss().ifPresent(_ -> head.add("loss"));
    return head;
  }

  private String column() {
    return switch (task.goal()) {
      case CLASSIFICATION, LABELS -> "p(%s)";
      case SEGMENTATION -> "share(%s)";
      default -> "%s";
    };
  }

  private List<String> cells(Prediction prediction) {
    var cells = new ArrayList<String>(List.of(prediction.sample()));
    switch (task.goal()) {
      case CLASSIFICATION -> {
        cells.add(prediction.says().getFirst());
        cells.add(Numbers.text(prediction.probability(task)));
      }
      case LABELS -> cells.add(String.join("|", prediction.says()));
      default -> {}
    }
    prediction.numbers().forEach(number -> cells.add(Numbers.text(number)));
    prediction
        .target()
        .ifPresent(target -> {
          if (target.numbers().isEmpty()) {
            cells.add(String.join("|", target.says()));
          }
          target.numbers().forEach(number -> cells.add(Numbers.text(number)));
        });
    prediction.loss().ifPresent(loss -> cells.add(Numbers.text(loss)));
    if (task.goal() == Task.Goal.LANGUAGE_MODEL) {
      cells.add(Numbers.text(perplexity(prediction)));
    }
    return cells;
  }

  private static double perplexity(Prediction prediction) {
    return Math.exp(prediction.loss().orElse(Double.NaN));
  }

  private JsonObject object(Prediction prediction) {
    var json = new JsonObject();
    json.addProperty("sample", prediction.sample());
    switch (task.goal()) {
      case CLASSIFICATION -> {
        json.addProperty("class", prediction.says().getFirst());
        json.add("probability", Numbers.json(Numbers.text(prediction.probability(task))));
        json.add("probabilities", byName(prediction.numbers()));
        prediction.target().ifPresent(t -> json.addProperty("target", t.says().getFirst()));
      }
      case LABELS -> {
        json.add("labels", texts(prediction.says()));
        json.add("probabilities", byName(prediction.numbers()));
        prediction.target().ifPresent(t -> json.add("target", texts(t.says())));
      }
      case LANGUAGE_MODEL -> {}
      default -> {
        String what = task.goal() == Task.Goal.SEGMENTATION ? "shares" : "values";
        json.add(what, byName(prediction.numbers()));
        prediction.target().ifPresent(t -> json.add("target", byName(t.numbers())));
      }
    }
    prediction.loss().ifPresent(loss -> json.add("loss", Numbers.json(Numbers.text(loss))));
    if (task.goal() == Task.Goal.LANGUAGE_MODEL) {
      json.add("perplexity", Numbers.json(Numbers.text(perplexity(prediction))));
    }
    return json;
  }

  private JsonObject byName(List<Double> numbers) {
    var json = new JsonObject();
    for (int i = 0; i < numbers.size(); i++) {
      json.add(task.names().get(i), Numbers.json(Numbers.text(numbers.get(i))));
    }
    return json;
  }

  private static JsonArray texts(List<String> texts) {
    var json = new JsonArray();
    texts.forEach(json::add);
    return json;
  }
}
