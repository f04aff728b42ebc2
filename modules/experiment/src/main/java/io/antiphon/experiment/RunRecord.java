package io.antiphon.experiment;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.antiphon.core.Metric;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Stream;

/// A run as its folder tells of it, over or still going on.
///
/// @param folder the run's folder
/// @param begun when it began, by the time of its experiment's file
/// @param state how it is
/// @param experiment the experiment as resolved, every component a mapping whose first entry is its
///   id
/// @param rows its epochs, in order
public record RunRecord(
    Path folder, Instant begun, State state, Node.Mapping experiment, List<Row> rows) {
  private static final String STEP = "step";
  private static final String METRICS = "metrics";
  private static final String LR = "lr";
  private static final String PARTIAL = "partial";

  /// How a run is.
  public enum State {
    /// It goes on.
    RUNNING("running"),
    /// Its training ended, and it left a model.
    FINISHED("finished"),
    /// It ended within an epoch, as it was asked to, and left a model.
    STOPPED("stopped"),
    /// It failed or was killed.
    BROKEN_OFF("broken off");

    private final String words;

    State(String words) {
      this.words = words;
    }

    /// {@return it for people}
    @Override
    public String toString() {
      return words;
    }
  }

  /// The runs in a folder.
  ///
  /// @param runs those that can be read, the oldest first
  /// @param bad what is wrong with the others, a sentence each
  public record Found(List<RunRecord> runs, List<String> bad) {
    public Found {
      runs = List.copyOf(runs);
      bad = List.copyOf(bad);
    }
  }

  public RunRecord {
    rows = List.copyOf(rows);
  }

  /// {@return the run in a folder}
  ///
  /// @throws OptionException if it is no run's folder, or one of its files cannot be understood
  public static RunRecord read(Path folder) {
    Path file = Run.experiment(folder);
    Path metrics = RunFolder.metrics(folder);
    Node.Mapping experiment = ExperimentFile.read(file).tree();
    try {
      List<Row> rows = Files.exists(metrics) ? rows(text(metrics), metrics) : List.of();
      Instant begun = Files.getLastModifiedTime(file).toInstant();
      return new RunRecord(folder, begun, state(folder, rows), experiment, rows);
    } catch (IOException e) {
      throw new OptionException(new Place(folder.toString(), 0, 0, folder), Sentence.of(e), e);
    }
  }

  private static State state(Path folder, List<Row> rows) {
    if (RunFolder.isTaken(folder)) {
      return State.RUNNING;
    }
    if (RunFolder.isOpen(folder) || !Files.isDirectory(folder.resolve(FinishedModel.FOLDER))) {
      return State.BROKEN_OFF;
    }
    return !rows.isEmpty() && rows.getLast().partial() ? State.STOPPED : State.FINISHED;
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /// {@return the rows in a file of JSON lines; a line that is still being written is none yet}
  static List<Row> rows(String text, Path file) {
    List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    var rows = new ArrayList<Row>();
    for (int i = 0; i < lines.size(); i++) {
      try {
        rows.add(row(i, JsonParser.parseString(lines.get(i)).getAsJsonObject()));
      } catch (JsonParseException
          | IllegalStateException
          | IllegalArgumentException
          | ArithmeticException
          | UnsupportedOperationException
          | ClassCastException
          | NullPointerException e) {
        Place place = new Place(file.toString(), i + 1, 1, file);
        throw new OptionException(place, "this line is no epoch's numbers", e);
      }
    }
    return rows;
  }

  private static Row row(int index, JsonObject json) {
    var cells = new ArrayList<Row.Cell>();
    for (String loss : List.of(Row.TRAIN_LOSS, Row.VALID_LOSS)) {
      if (json.has(loss)) {
        cells.add(new Row.Cell(loss, number(json.get(loss))));
      }
    }
    json.getAsJsonObject(METRICS)
        .asMap()
        .forEach((name, value) -> cells.add(new Row.Cell(name, number(value))));
    return new Row(
        index,
        json.get(Row.EPOCH).getAsLong(),
        json.get(STEP).getAsLong(),
        cells,
        number(json.get(LR)),
        number(json.get(Row.TIME)),
        json.get(PARTIAL).getAsBoolean());
  }

  private static double number(JsonElement value) {
    return value.isJsonNull() ? Double.NaN : value.getAsDouble();
  }

  /// {@return the runs in a folder and in the folders below it; links in it are not followed, and
  /// what begins with a dot is passed over}
  ///
  /// @throws OptionException if there is no such folder
  public static Found below(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new OptionException(
          new Place(folder.toString(), 0, 0, folder), "there is no such folder");
    }
    var runs = new ArrayList<RunRecord>();
    var bad = new ArrayList<String>();
    var visitor =
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes) {
            if (String.valueOf(each.getFileName()).startsWith(".")) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            return take(each, runs, bad) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            bad.add(Sentence.of(failure));
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      if (!take(folder, runs, bad)) {
        try (Stream<Path> inside = Files.list(folder)) { // which may be a link
          for (Path each : inside.toList()) {
            Files.walkFileTree(each, visitor);
          }
        }
      }
    } catch (IOException e) {
      bad.add(Sentence.of(e));
    }
    runs.sort(Comparator.comparing(RunRecord::begun).thenComparing(RunRecord::folder));
    return new Found(runs, bad);
  }

  private static boolean take(Path folder, List<RunRecord> runs, List<String> bad) {
    if (!RunFolder.isOne(folder)) {
      return false;
    }
    try {
      runs.add(read(folder));
    } catch (OptionException e) {
      bad.add(Sentence.of(e));
    }
    return true;
  }

  /// {@return the name of the folder}
  public String name() {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? folder.toString() : name.toString();
  }

  /// {@return the names of its numbers, in order; none before its first epoch is over}
  public SequencedSet<String> columns() {
    var columns = new LinkedHashMap<String, Double>();
    rows.forEach(row -> columns.putAll(row.numbers()));
    return Collections.unmodifiableSequencedSet(columns.sequencedKeySet());
  }

  /// {@return a number at the end of the last epoch; NaN if that has none}
  public double last(String column) {
    return rows.isEmpty() ? Double.NaN : value(rows.getLast(), column);
  }

  /// {@return the first epoch of those in which a number was best; empty if it never was}
  public Optional<Row> best(String column, boolean higherIsBetter) {
    Comparator<Row> by = Comparator.comparingDouble(row -> value(row, column));
    return rows.stream()
        .filter(row -> Double.isFinite(value(row, column)))
        .min(higherIsBetter ? by.reversed() : by);
  }

  private static double value(Row row, String column) {
    return row.numbers().getOrDefault(column, Double.NaN);
  }

  /// {@return for each number of which that is known whether more of it is better: losses, and the
  /// metrics that the experiment names and the catalog has}
  public SequencedMap<String, Boolean> directions(Catalog catalog) {
    var directions = new LinkedHashMap<String, Boolean>();
    directions.put(Row.TRAIN_LOSS, false);
    directions.put(Row.VALID_LOSS, false);
    if (experiment.get(Section.METRICS.key()).orElse(null) instanceof Node.Sequence named) {
      for (Node each : named.items()) {
        metric(catalog, (Node.Mapping) each)
            .ifPresent(metric -> {
              directions.putIfAbsent(metric.name(), metric.isHigherBetter());
              directions.putIfAbsent("train_" + metric.name(), metric.isHigherBetter());
            });
      }
    }
    return Collections.unmodifiableSequencedMap(directions);
  }

  private static Optional<Metric> metric(Catalog catalog, Node.Mapping named) {
    try {
      return Optional.of(
          Choice.of(catalog, Kind.METRIC, Section.METRICS.idKey(), named)
              .make(metric -> metric.create()));
    } catch (OptionException e) {
      return Optional.empty(); // that of a module which is not here
    }
  }

  /// {@return what the experiments of runs say otherwise, each by its path, `fit.lr` or
  /// `callbacks.mixup.alpha`, with the value of each run; empty where it has none}
  public static SequencedMap<String, List<String>> differences(List<RunRecord> runs) {
    List<SequencedMap<String, String>> all =
        runs.stream().map(run -> OptionPaths.of(run.experiment())).toList();
    var paths = new LinkedHashMap<String, List<String>>();
    for (SequencedMap<String, String> each : all) {
      for (String path : each.keySet()) {
        paths.computeIfAbsent(
            path, _ -> all.stream().map(one -> one.getOrDefault(path, "")).toList());
      }
    }
    var differences = new LinkedHashMap<String, List<String>>();
    for (Map.Entry<String, List<String>> each : paths.entrySet()) {
      if (each.getValue().stream().distinct().count() > 1) {
        differences.put(each.getKey(), each.getValue());
      }
    }
    return differences;
  }
}
