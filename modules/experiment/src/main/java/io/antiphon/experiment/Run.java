package io.antiphon.experiment;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.antiphon.core.CallbackException;
import io.antiphon.core.FitResult;
import io.antiphon.core.Metric;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One training run of an experiment, in a folder of its own.
///
/// The folder holds `experiment.yaml` (the experiment as resolved), `history.csv`
/// (`epoch,train_loss,valid_loss,<metrics>,time`, one row per epoch, also of an epoch that was cut
/// short; a number that is not there leaves its cell empty), and `metrics.jsonl` (one object per
/// epoch: `epoch`, `step`, `train_loss`, `valid_loss`, `metrics`, `lr`, `time` in seconds,
/// `partial`).
public final class Run implements AutoCloseable {
  private final RunFolder folder;
  private final History history;
  private final Interruption interruption = new Interruption();
  private final Prepared prepared;

  private Run(Experiment experiment, Path path, Consumer<Row> reader) {
    folder = new RunFolder(path);
    history = new History(List.of(folder::add, reader));
    prepared = experiment.prepare(path, interruption, history);
    try {
      folder.open(experiment, prepared.learner().metrics().stream().map(Metric::name).toList());
    } catch (RuntimeException e) {
      prepared.close();
      throw e;
    }
  }

  /// {@return a folder for a run of an experiment, not made yet}
  ///
  /// @param parent the folder that `runs/NAME-TIME` shall be in
  public static Path propose(Path parent, Experiment experiment) {
    return RunFolder.propose(parent, experiment.name());
  }

  /// Prepares a run. Its folder is made once everything else is there.
  ///
  /// @param experiment what to run
  /// @param folder where; it must be empty or not there
  /// @param reader hears of each epoch's row as it comes
  /// @throws io.antiphon.core.options.OptionException if the folder holds something, or the
  ///   experiment cannot be prepared
  public static Run of(Experiment experiment, Path folder, Consumer<Row> reader) {
    RunFolder.check(folder);
    return new Run(experiment, folder, reader);
  }

  /// Trains.
  ///
  /// @throws RunException if it fails
  public FitResult train() {
    try {
      return prepared.fit();
    } catch (CallbackException e) {
      throw new RunException("training failed: " + Sentence.of(e), e);
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      throw new RunException(
          "training failed %s: %s".formatted(history.place(), Sentence.of(e)), e);
    }
  }

  /// Ends the training after the current batch, with a row for the epoch as far as it came. Any
  /// thread may ask.
  public void interrupt() {
    interruption.request();
  }

  /// {@return whether someone asked to end the training}
  public boolean isInterrupted() {
    return interruption.isRequested();
  }

  /// {@return the folder}
  public Path folder() {
    return folder.path();
  }

  /// {@return the rows of the epochs so far}
  public List<Row> rows() {
    return history.rows();
  }

  /// {@return the experiment with its components}
  public Prepared prepared() {
    return prepared;
  }

  /// {@return the last epoch's numbers by the names of their columns, and the folder, as one JSON
  /// object on one line; null for what never was}
  public String summary() {
    List<Row> rows = history.rows();
    List<String> metrics = prepared.learner().metrics().stream().map(Metric::name).toList();
    return summary(
        rows.isEmpty() ? Optional.empty() : Optional.of(rows.getLast()),
        metrics,
        Optional.of(folder.path()));
  }

  /// {@return the summary of a run that never was}
  public static String nothing() {
    return summary(Optional.empty(), List.of(), Optional.empty());
  }

  private static String summary(Optional<Row> row, List<String> metrics, Optional<Path> folder) {
    var json = new JsonObject();
    if (row.isPresent()) {
      row.get().columns().forEach((name, text) -> json.add(name, Numbers.json(text)));
    } else {
      Row.columns(metrics).forEach(name -> json.add(name, JsonNull.INSTANCE));
    }
    json.addProperty("run", folder.map(Path::toString).orElse(null));
    return json.toString();
  }

  /// Closes the learner and the data.
  @Override
  public void close() {
    prepared.close();
  }
}
