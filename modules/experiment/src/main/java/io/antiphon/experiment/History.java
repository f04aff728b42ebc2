package io.antiphon.experiment;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Epoch;
import io.antiphon.core.Observer;
import io.antiphon.core.Row;
import io.antiphon.core.RowReader;
import io.antiphon.core.Stateful;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Keeps one row per epoch, whichever way the epoch ends, and hands each on as it comes.
final class History implements Observer, RowReader, Stateful<History.State> {
  private static final Logger LOGGER = System.getLogger(History.class.getName());

  private final List<Consumer<Row>> readers;
  private final List<Row> rows = new ArrayList<>();
  private int epoch = -1;
  private int batch = -1;
  private boolean training;

  /// What a history remembers.
  ///
  /// @param rows the epochs that are over
  record State(List<Row> rows) {}

  History(List<Consumer<Row>> readers) {
    this.readers = new ArrayList<>(readers);
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    this.epoch = epoch.index();
    batch = -1;
  }

  @Override
  public void beforeBatch(Batch batch) {
    this.batch = batch.index();
    training = batch.isTraining();
  }

  @Override
  public void row(Epoch epoch, Row row) {
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
          Logger.Level.WARNING, "epoch " + row.number() + " was not written: " + Sentence.of(e), e);
      return false;
    }
  }

  List<Row> rows() {
    return List.copyOf(rows);
  }

  @Override
  public State state(NDManager manager) {
    return new State(rows());
  }

  @Override
  public void restore(State state) {
    rows.clear();
    rows.addAll(state.rows());
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
