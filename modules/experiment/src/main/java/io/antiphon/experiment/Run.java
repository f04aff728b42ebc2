package io.antiphon.experiment;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.antiphon.core.CallbackException;
import io.antiphon.core.Checkpoint;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Ranks;
import io.antiphon.core.Row;
import io.antiphon.core.SavedModel;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// One training run of an experiment, in a folder of its own.
///
/// The folder holds `experiment.yaml` (the experiment as resolved), `history.csv`
/// (`epoch,train_loss,valid_loss,<metrics>,time`, one [Row] per epoch, also of an epoch that was
/// cut short; a number that is not there leaves its cell empty), and `metrics.jsonl` (one object
/// per epoch: `epoch`, `step`, `train_loss`, `valid_loss`, `metrics`, `lr`, `time` in seconds,
/// `partial`). Where callbacks save checkpoints, they are in `checkpoints`, and a run that was
/// interrupted goes on ([#resume]). Once the training has ended, early too, what was learned is in
/// `model`, with all that a prediction needs ([SavedModel]).
public final class Run implements AutoCloseable {
  /// Why a run stopped that was asked to pause ([#pauseAfter]).
  public static final String PAUSED = "paused";

  private static final String FOLDER = "run";
  private static final String ERROR = "error";
  private static final String FOLDER_OF_ALL = "run's folder";

  private final Ranks ranks;
  private final RunFolder folder;
  private final History history;
  private final Interruption interruption = new Interruption();
  private final Prepared prepared;
  private final Optional<Checkpoint> resumed;
  private final List<String> bad = new ArrayList<>();

  /// @param taking takes the folder, which only rank 0 does
  private Run(
      Experiment experiment,
      Ranks ranks,
      Supplier<RunFolder> taking,
      boolean goesOn,
      Consumer<Row> reader) {
    this.ranks = ranks;
    if (ranks.leads()) {
      folder = taking.get();
      folder.lock();
      var _ = ranks.broadcast(folder.path().toString(), FOLDER_OF_ALL);
    } else {
      folder = RunFolder.ofAnother(Path.of(ranks.broadcast("", FOLDER_OF_ALL)));
    }
    history = new History(List.of(folder::add, reader));
    try {
      prepared =
          experiment.prepareToGoOn(folder.path(), ranks, interruption, history, new Crowding());
    } catch (RuntimeException | Error e) {
      leave(goesOn);
      throw e;
    }
    try {
      if (!goesOn && ranks.leads()) {
        folder.settle(prepared.experiment());
      }
      resumed = goesOn ? newest() : Optional.empty();
      if (resumed.isEmpty()) {
        var _ = prepared.begin();
      }
      ranks.broadcast("", "checkpoint that all go on from"); // until all have read it
      if (ranks.leads()) {
        folder.open(Columns.of(prepared.learner()), history.rows());
      }
    } catch (RuntimeException | Error e) {
      prepared.close();
      leave(goesOn);
      throw e;
    }
  }

  private void leave(boolean goesOn) {
    if (goesOn || !ranks.leads()) {
      folder.unlock();
    } else {
      folder.giveBack();
    }
  }

  /// Brings the newest checkpoint back that can be.
  private Optional<Checkpoint> newest() {
    Optional<Path> checkpoints = prepared.learner().checkpoints();
    if (checkpoints.isEmpty()) {
      return Optional.empty();
    }
    Checkpoint.Found found = Checkpoint.newest(checkpoints.get());
    found.bad().forEach(each -> bad.add(Sentence.of(each)));
    found.newest().ifPresent(checkpoint -> prepared.learner().load(checkpoint.folder()));
    return found.newest();
  }

  /// {@return a folder for a run of an experiment, not made yet}
  ///
  /// @param parent the folder that `runs/NAME-TIME` shall be in
  public static Path propose(Path parent, Experiment experiment) {
    return RunFolder.propose(parent, experiment.name());
  }

  /// Prepares a run in a folder. The folder is taken first, and given back if the experiment cannot
  /// be prepared.
  ///
  /// @param experiment what to run
  /// @param folder where; it must be empty or not there
  /// @param reader hears of each epoch's row as it comes
  /// @throws io.antiphon.core.options.OptionException if the folder holds something or is another
  ///   run's, or the experiment cannot be prepared
  public static Run of(Experiment experiment, Path folder, Consumer<Row> reader) {
    return of(experiment, Ranks.ALONE, folder, reader);
  }

  /// {@return as [#of(Experiment, Path, Consumer)], one of the processes that train together; rank
  /// 0 takes the folder for all}
  public static Run of(Experiment experiment, Ranks ranks, Path folder, Consumer<Row> reader) {
    return new Run(experiment, ranks, () -> RunFolder.take(folder, experiment), false, reader);
  }

  /// Prepares a run in a folder of its own, `runs/NAME-TIME`; with a number if that is taken.
  ///
  /// @param experiment what to run
  /// @param parent the folder that `runs` is in, or will be
  /// @param reader hears of each epoch's row as it comes
  /// @throws io.antiphon.core.options.OptionException if no folder can be made, or the experiment
  ///   cannot be prepared
  public static Run in(Path parent, Experiment experiment, Consumer<Row> reader) {
    return in(parent, experiment, Ranks.ALONE, reader);
  }

  /// {@return as [#in(Path, Experiment, Consumer)], one of the processes that train together}
  public static Run in(Path parent, Experiment experiment, Ranks ranks, Consumer<Row> reader) {
    return new Run(experiment, ranks, () -> RunFolder.takeNew(parent, experiment), false, reader);
  }

  /// Prepares a run that goes on in its folder, from its newest checkpoint that is whole; from the
  /// beginning if there is none. It ends with the weights and the history of one that was never
  /// interrupted.
  ///
  /// @param experiment the run's own, as [#experiment] reads it
  /// @param folder the run's
  /// @param reader hears of each epoch's row as it comes, not of those before
  /// @throws io.antiphon.core.options.OptionException if it is no run's folder, that run is still
  ///   going on, or its experiment cannot be prepared
  /// @throws io.antiphon.core.CheckpointException if the checkpoint is of another learner
  public static Run resume(Experiment experiment, Path folder, Consumer<Row> reader) {
    return resume(experiment, Ranks.ALONE, folder, reader);
  }

  /// {@return as [#resume(Experiment, Path, Consumer)], one of the processes that train together;
  /// all must see the folder}
  public static Run resume(Experiment experiment, Ranks ranks, Path folder, Consumer<Row> reader) {
    return new Run(experiment, ranks, () -> RunFolder.takeBack(folder), true, reader);
  }

  /// {@return the file in which a run's folder keeps its experiment}
  ///
  /// @throws io.antiphon.core.options.OptionException if it is no run's folder
  public static Path experiment(Path folder) {
    return RunFolder.experiment(RunFolder.takeBack(folder).path());
  }

  /// {@return the checkpoint from which this goes on; none if it begins at the beginning}
  public Optional<Checkpoint> resumedFrom() {
    return resumed;
  }

  /// {@return what is wrong with checkpoints that this could not go on from, a sentence each}
  public List<String> badCheckpoints() {
    return List.copyOf(bad);
  }

  /// {@return whether there is a checkpoint from which this can go on later}
  public boolean isResumable() {
    return prepared
        .learner()
        .checkpoints()
        .filter(folder -> Checkpoint.all(folder).stream().anyMatch(Checkpoint::isResumable))
        .isPresent();
  }

  /// Trains.
  ///
  /// @throws RunException if it fails, or if the folder lacks what it should hold
  public FitResult train() {
    FitResult result;
    try {
      result = prepared.fit();
    } catch (CallbackException e) {
      throw failed("training failed: " + Sentence.of(e), e);
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      throw failed("training failed %s: %s".formatted(history.place(), Sentence.of(e)), e);
    }
    List<String> lacks =
        Stream.of(folder.complete(), leaveModel()).flatMap(Optional::stream).toList();
    if (!lacks.isEmpty()) {
      throw new RunException(String.join("; ", lacks));
    }
    folder.over();
    return result;
  }

  /// Writes what a prediction needs, however the fit ended.
  ///
  /// @return why there is none in the folder; nothing if there is, or the folder is gone
  private Optional<String> leaveModel() {
    if (!ranks.leads() || !Files.isDirectory(folder.path())) {
      return Optional.empty();
    }
    var scores = new LinkedHashMap<String, Double>();
    if (!history.rows().isEmpty()) {
      history.rows().getLast().cells().forEach(cell -> scores.put(cell.column(), cell.value()));
    }
    Learner learner = prepared.learner();
    try {
      SavedModel.write(
          folder.path().resolve(FinishedModel.FOLDER),
          learner.model(),
          new SavedModel.Description(
              prepared.data().task(), learner.epochsDone(), learner.stepsDone(), scores),
          prepared.experiment().finished(prepared.data().fitted()).yaml());
      return Optional.empty();
    } catch (UncheckedIOException e) {
      return Optional.of("the run's folder lacks the finished model: " + Sentence.of(e));
    }
  }

  private RunException failed(String sentence, Throwable cause) {
    String lack = folder.complete().map(what -> "; " + what).orElse("");
    return new RunException(sentence + lack, cause);
  }

  /// Ends the training after the current batch, with a row for the epoch as far as it came. Any
  /// thread may ask.
  public void interrupt() {
    stopSoon("interrupted");
  }

  /// Ends the training after the current batch, as [#interrupt()] does.
  ///
  /// @param why what the outcome tells as the reason
  public void stopSoon(String why) {
    interruption.request(why);
  }

  /// Ends the training after so many epochs since the run began, those before it went on included,
  /// with the reason [#PAUSED]. It goes on later ([#resume]), and ends as if it had never paused:
  /// schedules go by the epochs of the whole.
  public void pauseAfter(long epochs) {
    interruption.pauseAfter(epochs);
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
    JsonObject json = lastRow();
    if (rows().isEmpty()) {
      Columns.of(prepared.learner()).forEach(name -> json.add(name, JsonNull.INSTANCE));
    }
    json.addProperty(FOLDER, folder.path().toString());
    return json.toString();
  }

  /// {@return the summary of this when it failed: `error`, the sentence that says why, after the
  /// last epoch's numbers, if there was one, and the folder}
  public String summary(Throwable failure) {
    JsonObject json = lastRow();
    json.addProperty(FOLDER, folder.path().toString());
    json.addProperty(ERROR, Sentence.of(failure));
    return json.toString();
  }

  private JsonObject lastRow() {
    var json = new JsonObject();
    if (!rows().isEmpty()) {
      Columns.texts(rows().getLast()).forEach((name, text) -> json.add(name, Numbers.json(text)));
    }
    return json;
  }

  /// {@return the summary of a run that never was: `error`, the sentence that says why}
  public static String nothing(String why) {
    var json = new JsonObject();
    json.addProperty(ERROR, why);
    return json.toString();
  }

  /// Closes the learner and the data.
  @Override
  public void close() {
    prepared.close();
    folder.unlock();
  }
}
