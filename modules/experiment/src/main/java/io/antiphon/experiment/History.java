package io.antiphon.experiment;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Observer;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Scores;
import io.antiphon.core.Stateful;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Keeps one row per epoch, whichever way the epoch ends (but for one of which not even a batch
/// came to its end), and hands each on as it comes.
final class History implements Observer, Stateful<History.State> {
  private static final Logger LOGGER = System.getLogger(History.class.getName());

  private final List<Consumer<Row>> readers;
  private final List<Row> rows = new ArrayList<>();
  private long started;
  private boolean open;
  private boolean done;
  private int epoch = -1;
  private int batch = -1;
  private boolean training;
  private long before;

  /// What a history remembers.
  ///
  /// @param rows the epochs that are over
  /// @param nanoseconds how long the open one took so far
  record State(List<Row> rows, long nanoseconds) {}

  History(List<Consumer<Row>> readers) {
    this.readers = new ArrayList<>(readers);
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    started = System.nanoTime() - (epoch.isResumed() ? before : 0);
    open = true;
    done = false;
    this.epoch = epoch.index();
    batch = -1;
  }

  @Override
  public void beforeBatch(Batch batch) {
    this.batch = batch.index();
    training = batch.isTraining();
  }

  @Override
  public void afterBatch(Batch batch) {
    done = true;
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    add(epoch, epoch.isPartial());
  }

  // an epoch that a cancel of the fit or a failure crosses has no AFTER_EPOCH
  @Override
  public void cleanupEpoch(Epoch epoch) {
    if (open && done) {
      add(epoch, true);
    }
  }

  private void add(Epoch epoch, boolean partial) {
    open = false;
    Fit fit = epoch.fit();
    Map<String, Double> metrics = new LinkedHashMap<>();
    fit.learner().metrics().forEach(metric -> metrics.put(metric.name(), Double.NaN));
    Optional<Scores> scored = epoch.validScores().or(epoch::trainScores);
    scored.ifPresent(scores -> metrics.putAll(scores.metrics()));
    var row =
        new Row(
            epoch.number(),
            fit.learner().stepsDone(),
            fit.smoothLoss(),
            epoch.validScores().map(Scores::loss).orElse(Double.NaN),
            metrics,
            learningRate(fit.optimizer()),
            Math.round((System.nanoTime() - started) / 1e6) / 1e3,
            partial);
    rows.add(row);
    readers.removeIf(reader -> !isTold(reader, row));
  }

  /// A full disk ends neither the training nor the history.
  private static boolean isTold(Consumer<Row> reader, Row row) {
    try {
      reader.accept(row);
      return true;
    } catch (RuntimeException e) {
      LOGGER.log(
          Logger.Level.WARNING, "epoch " + row.epoch() + " was not written: " + Sentence.of(e), e);
      return false;
    }
  }

  private static double learningRate(Optimizer optimizer) {
    return optimizer.groups().getLast().hypers().contains(Hyper.LEARNING_RATE)
        ? optimizer.get(Hyper.LEARNING_RATE)
        : Double.NaN;
  }

  List<Row> rows() {
    return List.copyOf(rows);
  }

  @Override
  public State state(NDManager manager) {
    return new State(rows(), open ? System.nanoTime() - started : 0);
  }

  @Override
  public void restore(State state) {
    rows.clear();
    rows.addAll(state.rows());
    before = state.nanoseconds();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  /// {@return where the fit is, for messages: `at epoch 2, batch 31`}
  String place() {
    if (epoch < 0) {
      return "before the first epoch";
    }
    String part = batch < 0 || training ? "" : " of the validation";
    return "at epoch " + epoch + (batch < 0 ? "" : ", batch " + batch + part);
  }
}
