package io.antiphon.progress;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Observer;
import io.antiphon.core.Pass;
import io.antiphon.core.Purpose;
import io.antiphon.core.Row;
import io.antiphon.core.RowReader;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// Shows how far a run is: `learner.fit(5, new Progress())`.
///
/// On a terminal the last line is a bar, drawn at most ten times a second, with the smoothed loss,
/// the samples per second of the part that runs and the time that is left; only then is the loss
/// read, which waits for the device. A validation has a bar of its own inside of the epoch's. A run
/// that goes on from a checkpoint goes on in its bar; what was done before counts for no rate.
/// Anywhere else nothing is drawn over. Either way every epoch of a fit leaves one line in a table,
/// which tells how long the loop waited for data if that was more than 2 % of the epoch. The bar is
/// gone when the run has ended, in whatever way; there is no thread. What callbacks print to
/// standard output meanwhile stands above the bar.
public final class Progress implements Observer, RowReader {
  private static final long INTERVAL = 100_000_000; // ns
  private static final String VALIDATING = "validating";

  private final Screen screen;
  private final LongSupplier clock;
  private EpochTable table = new EpochTable(List.of());
  private long fitBegun;
  private double doneBefore;
  private long passBegun;
  private long samples;
  private ProgressBar.Part trained = new ProgressBar.Part(0, 0);
  private long epochBegun;
  private long drawn;
  private Duration waited = Duration.ZERO;

  /// When there is a bar.
  public enum Bar {
    /// If standard output is a terminal.
    AUTO,
    ALWAYS,
    NEVER
  }

  /// On standard output.
  @Id("progress")
  @Summary("table of epochs, and on a terminal a bar with loss and remaining time")
  public record Options(@Summary("when there is a bar; auto: on a terminal") Bar bar)
      implements CallbackProvider {
    /// A bar on a terminal, none elsewhere.
    public Options() {
      this(Bar.AUTO);
    }

    @Override
    public Callback create() {
      return new Progress(this);
    }

    private Screen screen() {
      boolean isLive =
          switch (bar) {
            case AUTO -> Screen.isTerminal();
            case ALWAYS -> true;
            case NEVER -> false;
          };
      return Screen.of(System.out, isLive);
    }
  }

  /// On standard output, with a bar if that is a terminal.
  public Progress() {
    this(new Options());
  }

  public Progress(Options options) {
    this(options.screen(), System::nanoTime);
  }

  /// @param clock nanoseconds from anywhere
  Progress(Screen screen, LongSupplier clock) {
    this.screen = screen;
    this.clock = clock;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.VALIDATE);
  }

  /// {@return whether there is a bar, which reads the loss}
  @Override
  public boolean waitsForDevice() {
    return screen.isLive();
  }

  @Override
  public void beforeFit(Fit fit) {
    fitBegun = clock.getAsLong();
    doneBefore = fit.pctTrain();
    if (fit.purpose() == Purpose.FIT) {
      table = new EpochTable(Row.columns(fit.learner()));
      screen.print(table.header());
    }
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    epochBegun = clock.getAsLong();
    waited = Duration.ZERO;
  }

  @Override
  public void beforeTrain(Pass pass) {
    begin(pass);
  }

  @Override
  public void beforeValidate(Pass pass) {
    begin(pass);
  }

  private void begin(Pass pass) {
    if (!screen.isLive()) {
      return;
    }
    passBegun = clock.getAsLong();
    samples = 0;
    draw(pass, pass.index() + 1);
  }

  @Override
  public void afterBatch(Batch batch) {
    samples += batch.size();
    if (screen.isLive() && clock.getAsLong() - drawn >= INTERVAL) {
      draw(batch.pass(), batch.index() + 1);
    }
  }

  private void draw(Pass pass, int done) {
    if (!screen.isLive()) {
      return;
    }
    try {
      screen.draw(picture(pass, done));
      drawn = clock.getAsLong();
    } catch (RuntimeException e) {
      screen.erase(); // an observer that failed hears of no cleanup
      throw e;
    }
  }

  private ProgressBar picture(Pass pass, int done) {
    Fit fit = pass.fit();
    boolean fitting = fit.purpose() == Purpose.FIT;
    long now = clock.getAsLong();
    double seconds = (now - passBegun) / 1e9;
    double rate = samples == 0 || seconds <= 0 ? Double.NaN : samples / seconds;
    var part = new ProgressBar.Part(done, pass.batches());
    if (!fitting) {
      double fraction = (double) done / Math.max(1, pass.batches());
      return new ProgressBar(
          VALIDATING, part, Optional.empty(), Double.NaN, rate, left(now, 0, fraction));
    }
    String title = "epoch %d/%d".formatted(fit.epochIndex() + 1, fit.epochs());
    double current = pass.isTraining() && samples > 0 ? 1.0 / Math.max(1, fit.steps()) : 0;
    double left = left(now, doneBefore, Math.min(1, fit.pctTrain() + current));
    if (pass.isTraining()) {
      return new ProgressBar(title, part, Optional.empty(), fit.smoothLoss(), rate, left);
    }
    return new ProgressBar(
        title,
        trained,
        Optional.of(new ProgressBar.Inner(VALIDATING, part)),
        Double.NaN,
        rate,
        left);
  }

  /// {@return how many seconds the rest takes, at the pace since the fit began}
  private double left(long now, double before, double fraction) {
    return fraction <= before
        ? Double.NaN
        : (now - fitBegun) / 1e9 * (1 - fraction) / (fraction - before);
  }

  @Override
  public void cleanupTrain(Pass pass) {
    trained = new ProgressBar.Part(pass.index() + 1, pass.batches());
    waited = waited.plus(pass.waitedForData());
  }

  @Override
  public void cleanupValidate(Pass pass) {
    waited = waited.plus(pass.waitedForData());
  }

  @Override
  public void cleanupEpoch(Epoch epoch) {
    screen.erase();
    RowReader.super.cleanupEpoch(epoch);
    waited = Duration.ZERO;
  }

  @Override
  public void row(Epoch epoch, Row row) {
    if (epoch.fit().purpose() == Purpose.FIT) {
      screen.print(table.row(row) + waits());
    }
  }

  /// {@return how long the epoch waited for data, if that is more than a fiftieth of it}
  private String waits() {
    double seconds = (clock.getAsLong() - epochBegun) / 1e9;
    double wait = waited.toNanos() / 1e9;
    return wait <= seconds / 50
        ? ""
        : String.format(
            Locale.ROOT, "  waited %.1f s (%.0f %%) for data", wait, 100 * wait / seconds);
  }

  @Override
  public void cleanupFit(Fit fit) {
    screen.close();
  }
}
