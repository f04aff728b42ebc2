package io.antiphon.metrics;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Row;
import io.antiphon.core.RowReader;
import io.antiphon.core.Series;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The record of a fit: the loss and the hyper-parameters of every training batch, and one [Row]
/// per epoch.
///
/// The loop never waits for it: losses are taken from the fit when someone asks for them, and when
/// an epoch ends. A new fit starts a new record, unless it continues one whose record was restored.
///
/// An epoch's row is there from `AFTER_EPOCH` on. An epoch that a cancel of the fit or a failure
/// crosses has no such event; its row is written in its cleanup, if it leaves one
/// ([Epoch#leavesRow]).
public final class Recorder implements RowReader, Stateful<Recorder.State> {
  private final Series losses = new Series();
  private final Map<Source, Series> hypers = new LinkedHashMap<>();
  private final List<Row> rows = new ArrayList<>();
  private int batches;
  private boolean over = true;
  private @Nullable Fit fit;
  private int taken;
  private final List<Track> tracks = new ArrayList<>();
  private @Nullable Optimizer tracksOf;
  private @Nullable Batch heard;

  /// No options.
  @Id("recorder")
  @Summary("records losses, hyper-parameters and one row per epoch")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new Recorder();
    }
  }

  /// Which hyper-parameter of which group.
  private record Source(String group, Hyper hyper) {}

  /// Where a hyper-parameter is read, and its series.
  private record Track(ParameterGroup group, Hyper hyper, Series series) {}

  public Recorder() {}

  @Override
  public String name() {
    return "recorder";
  }

  @Override
  public Order order() {
    return Order.RECORD;
  }

  /// {@return one row per epoch, in order}
  public List<Row> rows() {
    return List.copyOf(rows);
  }

  /// {@return the loss of every training batch; waits for the device during a fit}
  public double[] losses() {
    take();
    return losses.toArray();
  }

  /// {@return the smoothed loss after every training batch, as [Fit#smoothLoss] is, over all of the
  /// record; waits for the device during a fit}
  public double[] smoothedLosses() {
    take();
    return losses.smoothed();
  }

  /// {@return a hyper-parameter in every training batch, of the last group that has it and does not
  /// fix it, the one nearest to the model's output; NaN where it was not there}
  ///
  /// @throws IllegalArgumentException if no group has it; the message names what there is
  public double[] hyper(Hyper hyper) {
    Source last = null;
    for (Source source : hypers.keySet()) {
      last = source.hyper().equals(hyper) ? source : last;
    }
    return series(last == null ? new Source("", hyper) : last);
  }

  /// {@return a hyper-parameter of one group in every training batch; NaN where it was not there}
  ///
  /// @throws IllegalArgumentException if there is none; the message names what there is
  public double[] hyper(String group, Hyper hyper) {
    return series(new Source(group, hyper));
  }

  private double[] series(Source source) {
    Series series = hypers.get(source);
    if (series == null) {
      throw new IllegalArgumentException(
          "there is no record of hyper-parameter '%s'%s; there are %s"
              .formatted(
                  source.hyper(),
                  source.group().isEmpty() ? "" : " of group '" + source.group() + "'",
                  hypers.keySet().stream()
                      .map(each -> "%s of %s".formatted(each.hyper(), each.group()))
                      .toList()));
    }
    series.padTo(batches);
    return series.toArray();
  }

  @Override
  public void beforeFit(Fit fit) {
    if (over) {
      clear();
    }
    over = false;
    this.fit = fit;
    taken = fit.losses(0).length; // those of a fit that goes on are in what was restored
    tracksOf = null;
  }

  private void clear() {
    losses.clear();
    hypers.clear();
    rows.clear();
    batches = 0;
  }

  /// Takes a batch that was done, though one who heard of its end before this stopped a level; but
  /// not one that was stopped for what its loss is, as [Fit#losses] does not.
  @Override
  public void cleanupBatch(Batch batch) {
    boolean wasDone = !(batch.outcome() instanceof Outcome.Running);
    if (wasDone && batch != heard && batch.hasLoss() && Double.isFinite(batch.lossValue())) {
      afterBatch(batch);
    }
    heard = null;
  }

  @Override
  public void afterBatch(Batch batch) {
    heard = batch;
    if (batch.isTraining() && batch.hasLoss()) {
      recordHypers(batch.fit().optimizer());
      batches++;
    }
  }

  private void recordHypers(Optimizer optimizer) {
    if (optimizer != tracksOf) {
      follow(optimizer);
    }
    for (int i = 0; i < tracks.size(); i++) {
      Track track = tracks.get(i);
      track.series().add(track.group().get(track.hyper()));
    }
  }

  private void follow(Optimizer optimizer) {
    tracks.clear();
    follow(optimizer, true); // first, since the last of a hyper-parameter's series speaks for it
    follow(optimizer, false);
    tracksOf = optimizer;
  }

  private void follow(Optimizer optimizer, boolean fixed) {
    for (ParameterGroup group : optimizer.groups()) {
      for (Hyper hyper : group.hypers()) {
        if (group.fixes(hyper) == fixed) {
          var source = new Source(group.name(), hyper);
          Series series = hypers.computeIfAbsent(source, _ -> new Series());
          series.padTo(batches);
          tracks.add(new Track(group, hyper, series));
        }
      }
    }
  }

  // Takes over the losses that are not here yet.
  private void take() {
    if (fit != null) {
      double[] more = fit.losses(taken);
      losses.addAll(more);
      taken += more.length;
    }
  }

  @Override
  public void row(Epoch epoch, Row row) {
    take();
    rows.add(row);
  }

  @Override
  public void cleanupFit(Fit fit) {
    take();
    over |= this.fit != null; // a fit that ended before it came here leaves what was restored
    this.fit = null;
    tracks.clear();
    tracksOf = null;
  }

  /// What a recorder remembers.
  ///
  /// @param over whether the fit that they belong to has ended, so that the next one starts anew
  /// @param rows the rows so far
  /// @param hypers the hyper-parameters, in the order of their series
  /// @param series float64 `[N]` each: the losses of all batches, then each hyper-parameter; empty
  ///   before the first batch
  public record State(boolean over, List<Row> rows, List<SavedHyper> hypers, NDList series) {}

  /// A hyper-parameter in a state.
  public record SavedHyper(String group, String hyper) {}

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state(NDManager manager) {
    take();
    var savedHypers = new ArrayList<SavedHyper>();
    var series = new NDList();
    if (batches > 0) {
      losses.padTo(batches);
      series.add(manager.create(losses.toArray()));
      for (Map.Entry<Source, Series> each : hypers.entrySet()) {
        each.getValue().padTo(batches);
        series.add(manager.create(each.getValue().toArray()));
        savedHypers.add(new SavedHyper(each.getKey().group(), each.getKey().hyper().name()));
      }
    }
    return new State(over, List.copyOf(rows), savedHypers, series);
  }

  @Override
  public void restore(State state) {
    take(); // what belongs to the record that goes
    int expected = state.series().isEmpty() ? 0 : 1 + state.hypers().size();
    if (state.series().size() != expected) {
      throw new IllegalArgumentException(
          "the recorder's state has %d series, but %d hyper-parameters and the loss"
              .formatted(state.series().size(), state.hypers().size()));
    }
    clear();
    rows.addAll(state.rows());
    for (int i = 0; i < state.series().size(); i++) {
      double[] values = state.series().get(i).toDoubleArray();
      if (i == 0) {
        losses.addAll(values);
        batches = losses.size();
      } else {
        SavedHyper hyper = state.hypers().get(i - 1);
        var series = new Series();
        series.addAll(values);
        hypers.put(new Source(hyper.group(), new Hyper(hyper.hyper())), series);
      }
    }
    over = state.over();
  }
}
