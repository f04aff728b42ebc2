package io.antiphon.experiment;

import io.antiphon.core.Row;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a run leaves behind: `experiment.yaml`, `history.csv`, `metrics.jsonl`, and `.lock`, which
/// it holds as long as it goes on.
///
/// The folder is the run's from the moment at which it is taken: of several that want the same, one
/// gets it. Each row is on the disk when its epoch is over; one that could not be written is
/// written with the next.
final class RunFolder {
  private static final Logger LOGGER = System.getLogger(RunFolder.class.getName());
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final String RUNS = "runs";
  private static final String EXPERIMENT = "experiment.yaml";
  private static final String METRICS = "metrics.jsonl";

  // a file of its own, which nobody reads: whoever closes a file gives up all locks that the
  // process
  // has on it
  private static final String LOCK = ".lock";

  /// What that file holds as long as the run goes on, and if it was broken off.
  private static final String OPEN = "open\n";

  /// The folders of runs of this process.
  private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

  private static final String STILL_GOING_ON = "is that of a run that is still going on";

  /// Of the names that a file system takes, and a terminal shows.
  private static final int LONGEST_NAME = 100;

  private final Path path;
  private final List<Path> made;
  private final GrowingFile history;
  private final GrowingFile metrics;
  private List<String> columns = List.of();
  private boolean told;
  private @Nullable IOException problem;
  private @Nullable FileChannel lock;
  private @Nullable Path taken;

  private RunFolder(Path path, List<Path> made) {
    this.path = path;
    this.made = List.copyOf(made);
    history = new GrowingFile(path.resolve("history.csv"));
    metrics = new GrowingFile(metrics(path));
  }

  /// {@return a folder for a run, not made yet: `runs/NAME-TIME` in another, with a number if that
  /// is there already}
  static Path propose(Path parent, String name) {
    String stamped = stamped(name);
    Path folder = parent.resolve(RUNS).resolve(stamped);
    for (int i = 2; Files.exists(folder); i++) {
      folder = parent.resolve(RUNS).resolve(stamped + "-" + i);
    }
    return folder;
  }

  private static String stamped(String name) {
    String plain =
        name.toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9._-]+", "-")
            .replaceAll("^[.-]+|[.-]+$", "");
    String word = plain.isEmpty() ? "run" : plain;
    return word.substring(0, Math.min(word.length(), LONGEST_NAME))
        + "-"
        + LocalDateTime.now(ZoneId.systemDefault()).format(TIME);
  }

  /// Takes a folder that nobody has yet, `runs/NAME-TIME` in another, counting on from `-2`.
  ///
  /// @throws OptionException if none can be made
  static RunFolder takeNew(Path parent, Experiment experiment) {
    String stamped = stamped(experiment.name());
    for (int i = 1; ; i++) {
      Path folder = parent.resolve(RUNS).resolve(i == 1 ? stamped : stamped + "-" + i);
      Optional<RunFolder> taken = take(folder, experiment, false);
      if (taken.isPresent()) {
        return taken.get();
      }
    }
  }

  /// Takes a folder.
  ///
  /// @throws OptionException if it holds something, is another run's, or cannot be made
  static RunFolder take(Path folder, Experiment experiment) {
    return take(folder, experiment, true)
        .orElseThrow(
            () -> refused(folder, "is taken by another run that just began; name another one"));
  }

  /// {@return the folder, or nothing if somebody else has it}
  ///
  /// @param given whether it may be there, empty
  private static Optional<RunFolder> take(Path folder, Experiment experiment, boolean given) {
    var made = new ArrayList<Path>();
    try {
      if (folder.getParent() != null) {
        make(folder.getParent(), made);
      }
      try {
        Files.createDirectory(folder);
        made.add(folder);
      } catch (FileAlreadyExistsException e) {
        if (!given) {
          return Optional.empty();
        }
        checkEmpty(folder);
      }
      var own = new RunFolder(folder, made);
      try {
        Files.writeString(
            folder.resolve(EXPERIMENT), experiment.yaml(), StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException e) {
        return Optional.empty();
      } catch (IOException e) {
        own.giveBack();
        throw e;
      }
      return Optional.of(own);
    } catch (IOException e) {
      made.reversed().forEach(RunFolder::deleteIfEmpty);
      throw refused(folder, "cannot be written: " + Sentence.of(e));
    }
  }

  /// Makes a folder and those above it, and notes which were not there.
  private static void make(Path folder, List<Path> made) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    if (folder.getParent() != null) {
      make(folder.getParent(), made);
    }
    try {
      Files.createDirectory(folder);
      made.add(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  private static void checkEmpty(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw refused(folder, "is a file; name another one");
    }
    try (Stream<Path> inside = Files.list(folder)) {
      if (inside.findAny().isPresent()) {
        throw refused(folder, "is not empty; name another one, or empty it");
      }
    }
  }

  private static OptionException refused(Path folder, String why) {
    return new OptionException(
        new Place(folder.toString(), 0, 0, folder), "the run's folder " + why);
  }

  /// Takes the folder of a run that goes on.
  ///
  /// @throws OptionException if it is none, or the run is still going on
  static RunFolder takeBack(Path folder) {
    if (!Files.isRegularFile(folder.resolve(EXPERIMENT))) {
      throw new OptionException(
          new Place(folder.toString(), 0, 0, folder),
          Files.isDirectory(folder)
              ? "this is no run's folder; it has no " + EXPERIMENT
              : "there is no such folder of a run");
    }
    return new RunFolder(folder, List.of());
  }

  /// {@return the folder of a run that another process has taken, and writes}
  static RunFolder ofAnother(Path folder) {
    return new RunFolder(folder, List.of());
  }

  /// {@return the experiment's file in the folder of a run}
  static Path experiment(Path folder) {
    return folder.resolve(EXPERIMENT);
  }

  /// {@return the file of the rows in the folder of a run}
  static Path metrics(Path folder) {
    return folder.resolve(METRICS);
  }

  /// {@return whether a folder is that of a run that began}
  static boolean isOne(Path folder) {
    return Files.isRegularFile(experiment(folder)) && Files.isRegularFile(metrics(folder));
  }

  Path path() {
    return path;
  }

  /// Keeps others from going on with this run meanwhile.
  ///
  /// @throws OptionException if somebody else does
  void lock() {
    Path own = real(path);
    if (!TAKEN.add(own)) {
      throw refused(path, STILL_GOING_ON);
    }
    taken = own;
    try {
      FileChannel file =
          FileChannel.open(path.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      if (file.tryLock() == null) {
        file.close();
        unlock();
        throw refused(path, STILL_GOING_ON);
      }
      lock = file;
    } catch (IOException e) {
      // a file system without locks
    }
  }

  /// Notes that the run is over, and has left what it should.
  void over() {
    FileChannel file = lock;
    if (file != null) {
      try {
        file.truncate(0);
      } catch (IOException e) {
        // then it looks broken off, which a folder that cannot be written is
      }
    }
  }

  /// {@return whether a run that is not going on any more came to no end}
  static boolean isOpen(Path folder) {
    try {
      return Files.size(folder.resolve(LOCK)) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /// {@return whether a run is going on in a folder, of this process or another one}
  static boolean isTaken(Path folder) {
    if (TAKEN.contains(real(folder))) {
      return true; // and its lock would be given up
    }
    try (FileChannel file = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.READ)) {
      return file.tryLock(0, Long.MAX_VALUE, true) == null;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      return folder.toAbsolutePath().normalize();
    }
  }

  /// Lets others go on with this run.
  void unlock() {
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        // the end of the process frees it
      }
      lock = null;
    }
    if (taken != null) {
      TAKEN.remove(taken);
      taken = null;
    }
  }

  /// Leaves the folder as it was before it was taken, if nobody wrote into it since.
  void giveBack() {
    unlock();
    try {
      Files.deleteIfExists(path.resolve(LOCK));
      Files.deleteIfExists(path.resolve(EXPERIMENT));
    } catch (IOException e) {
      return; // and so the folder is not empty
    }
    made.reversed().forEach(RunFolder::deleteIfEmpty);
  }

  private static void deleteIfEmpty(Path folder) {
    try {
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // somebody uses it
    }
  }

  /// Writes the experiment again, now that nothing is left open.
  ///
  /// @throws OptionException if it cannot be written
  void settle(Experiment experiment) {
    try {
      Files.writeString(path.resolve(EXPERIMENT), experiment.yaml());
    } catch (IOException e) {
      throw refused(path, "cannot be written: " + Sentence.of(e));
    }
  }

  /// Begins a history.
  ///
  /// @param columns the names of the columns
  /// @param before the rows of a run that goes on; whatever else the folder has goes
  /// @throws OptionException if it cannot be written
  void open(List<String> columns, List<Row> before) {
    try {
      this.columns = List.copyOf(columns);
      if (lock != null) {
        lock.write(ByteBuffer.wrap(OPEN.getBytes(StandardCharsets.US_ASCII)), 0);
      }
      history.add(line(columns));
      for (Row row : before) {
        history.add(line(row));
        metrics.add(Columns.json(row).toString());
      }
      history.beginAnew();
      metrics.beginAnew();
      history.write();
      metrics.write();
    } catch (IOException e) {
      throw refused(path, "cannot be written: " + Sentence.of(e));
    }
  }

  /// Adds an epoch's row. If it cannot be written, that is told once, and tried again with the next
  /// row and by [#complete()].
  void add(Row row) {
    history.add(line(row));
    metrics.add(Columns.json(row).toString());
    write();
    if (problem != null && !told) {
      told = true;
      LOGGER.log(
          Logger.Level.WARNING,
          "epoch {0} is not in the run''s folder yet ({1}); the training goes on, and the next epoch"
              + " tries again",
          Long.toString(row.number()),
          Sentence.of(problem));
    }
  }

  /// {@return a row in the columns that the file began with; one that a callback brought later is
  /// in the other file}
  private String line(Row row) {
    SequencedMap<String, String> texts = Columns.texts(row);
    return line(columns.stream().map(column -> texts.getOrDefault(column, "")).toList());
  }

  private void write() {
    try {
      history.write();
      metrics.write();
      problem = null;
    } catch (IOException e) {
      problem = e;
    }
  }

  /// {@return why the folder does not hold every row, after a last try; nothing if it does}
  Optional<String> complete() {
    if (problem != null) {
      write();
    }
    return Optional.ofNullable(problem)
        .map(failure -> {
          int missing = Math.max(history.missing(), metrics.missing());
          String last = missing > 1 ? missing + " epochs" : "epoch";
          return "the run's folder lacks the last %s: %s".formatted(last, Sentence.of(failure));
        });
  }

  static String line(List<String> cells) {
    return cells.stream().map(RunFolder::cell).collect(Collectors.joining(","));
  }

  private static String cell(String text) {
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
