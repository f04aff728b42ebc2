package io.antiphon.study;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.antiphon.core.Row;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.experiment.RunRecord;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// The folder of a study: `study.json`, its plan; `trials`, for each trial its experiment
/// (`007.yaml`), the folder of its run (`007`), what its process said (`007.log`) and how it is
/// (`007.json`); and the tables.
///
/// @param path the folder
record StudyFolder(Path path) {
  private static final String PLAN = "study.json";
  private static final String TRIALS = "trials";

  /// Takes a folder that is empty or not there.
  ///
  /// @throws OptionException if it cannot be had
  static StudyFolder take(Path path) {
    try {
      Files.createDirectories(path);
      try (Stream<Path> inside = Files.list(path)) {
        if (inside.findAny().isPresent()) {
          throw refused(path, "the study's folder is not empty; name another one, or empty it");
        }
      }
      Files.createDirectory(path.resolve(TRIALS));
    } catch (IOException e) {
      throw refused(path, "the study's folder cannot be made: " + Sentence.of(e));
    }
    return new StudyFolder(path);
  }

  /// {@return the folder of a study that was begun}
  ///
  /// @throws OptionException if it is none
  static StudyFolder of(Path path) {
    if (!Files.isRegularFile(path.resolve(PLAN))) {
      throw refused(
          path,
          Files.isDirectory(path)
              ? "this is no study's folder; it has no " + PLAN
              : "there is no such folder of a study");
    }
    return new StudyFolder(path);
  }

  static OptionException refused(Path path, String sentence) {
    return new OptionException(new Place(path.toString(), 0, 0, path), sentence);
  }

  /// Keeps others from going on with this study meanwhile; where the file system has no locks,
  /// nobody is kept.
  FileChannel lock() {
    try {
      FileChannel file =
          FileChannel.open(
              path.resolve(".lock"), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      try {
        if (file.tryLock() == null) {
          file.close();
          throw refused(path, "another process goes on with this study; wait until it has ended");
        }
      } catch (IOException e) {
        return file;
      }
      return file;
    } catch (IOException e) {
      throw refused(path, "the study's folder cannot be written: " + Sentence.of(e));
    }
  }

  Path experiment(Plan.Trial trial) {
    return trial(trial, ".yaml");
  }

  Path run(Plan.Trial trial) {
    return trial(trial, "");
  }

  Path log(Plan.Trial trial) {
    return trial(trial, ".log");
  }

  private Path trial(Plan.Trial trial, String ending) {
    return path.resolve(TRIALS).resolve("%03d%s".formatted(trial.number(), ending));
  }

  Plan plan() {
    Plan plan = read(path.resolve(PLAN), Plan::of);
    if (plan.format() != Plan.FORMAT) {
      throw refused(
          path.resolve(PLAN),
          "this plan has format %d, and this program reads %d; use the program that made it"
              .formatted(plan.format(), Plan.FORMAT));
    }
    return plan;
  }

  /// Writes the plan; after that this is a study.
  void write(Plan plan) {
    write(PLAN, text(plan.json()));
  }

  /// Writes the experiment of a trial.
  void write(Plan.Trial trial, String experiment) {
    write(path.relativize(experiment(trial)).toString(), experiment);
  }

  Optional<Finding> finding(Plan.Trial trial) {
    Path file = trial(trial, ".json");
    return Files.exists(file) ? Optional.of(read(file, Finding::of)) : Optional.empty();
  }

  void write(Plan.Trial trial, Finding finding) {
    write(path.relativize(trial(trial, ".json")).toString(), text(finding.json()));
  }

  /// Lets trials that failed go on from where they were; but not those whose values were refused,
  /// which have nothing to run.
  void retry(List<Plan.Trial> trials) {
    for (Plan.Trial trial : trials) {
      finding(trial)
          .filter(each -> each.state() == Finding.State.FAILED)
          .filter(_ -> Files.exists(experiment(trial)))
          .ifPresent(each -> {
            int epochs = rows(trial).size();
            write(trial, new Finding(Finding.State.PAUSED, epochs, each.peakBytes(), ""));
          });
    }
  }

  /// {@return the whole epochs of a trial so far; none before its run began}
  List<Row> rows(Plan.Trial trial) {
    try {
      return RunRecord.read(run(trial)).rows().stream().filter(row -> !row.partial()).toList();
    } catch (OptionException e) {
      return List.of();
    }
  }

  private static String text(JsonObject json) {
    return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
  }

  private static <T> T read(Path file, Function<JsonObject, T> reader) {
    try {
      return reader.apply(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
    } catch (IOException e) {
      throw refused(file, Sentence.of(e));
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException
        | ClassCastException
        | NullPointerException e) {
      throw refused(file, "this is not what a study writes");
    }
  }

  /// Writes a file so that it is whole or not there, and is there after a power cut.
  void write(String name, String text) {
    Path file = path.resolve(name);
    Path fresh = path.resolve(name + ".new");
    try {
      Files.writeString(
          fresh,
          text,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          StandardOpenOption.DSYNC);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
