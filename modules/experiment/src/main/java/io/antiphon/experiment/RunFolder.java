package io.antiphon.experiment;

import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a run leaves behind: `experiment.yaml`, `history.csv`, `metrics.jsonl`.
///
/// Each row is on the disk when its epoch is over.
final class RunFolder {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private final Path path;

  RunFolder(Path path) {
    this.path = path;
  }

  /// {@return a folder for a run, not made yet: `runs/NAME-TIME` in another, with a number if that
  /// is there already}
  static Path propose(Path parent, String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", "-");
    String stamped = plain + "-" + LocalDateTime.now(java.time.ZoneId.systemDefault()).format(TIME);
    Path folder = parent.resolve("runs").resolve(stamped);
    for (int i = 2; Files.exists(folder); i++) {
      folder = parent.resolve("runs").resolve(stamped + "-" + i);
    }
    return folder;
  }

  /// Refuses a folder that holds something already.
  static void check(Path folder) {
    Place place = new Place(folder.toString(), 0, 0, folder);
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new OptionException(place, "the run's folder is a file; name another one");
    }
    if (Files.isDirectory(folder)) {
      try (Stream<Path> inside = Files.list(folder)) {
        if (inside.findAny().isPresent()) {
          throw new OptionException(
              place, "the run's folder is not empty; name another one, or empty it");
        }
      } catch (IOException e) {
        throw new OptionException(place, "the run's folder cannot be read: " + Sentence.of(e), e);
      }
    }
  }

  Path path() {
    return path;
  }

  /// Makes the folder, with the experiment and an empty history in it.
  void open(Experiment experiment, List<String> metrics) {
    try {
      Files.createDirectories(path);
      Files.writeString(path.resolve("experiment.yaml"), experiment.yaml());
      String header =
          Row.columns(metrics).stream().map(RunFolder::cell).collect(Collectors.joining(","));
      Files.writeString(path.resolve("history.csv"), header + "\n");
      Files.writeString(path.resolve("metrics.jsonl"), "");
    } catch (IOException e) {
      throw new OptionException(
          new Place(path.toString(), 0, 0, path),
          "the run's folder cannot be written: " + Sentence.of(e),
          e);
    }
  }

  void add(Row row) {
    append(
        "history.csv",
        row.columns().values().stream().map(RunFolder::cell).collect(Collectors.joining(",")));
    append("metrics.jsonl", row.json().toString());
  }

  private void append(String file, String line) {
    try {
      Files.writeString(path.resolve(file), line + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String cell(String text) {
    return text.matches(".*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
