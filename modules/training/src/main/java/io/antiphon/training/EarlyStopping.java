package io.antiphon.training;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.OptionalDouble;

/// Ends a fit once a number has not got better for some epochs. The fit ends normally.
public final class EarlyStopping implements Callback, Stateful<Improvement.State> {
  private final Improvement improvement;

  /// What is watched, and how long to wait for something better.
  @Id("early-stopping")
  @Summary("ends the fit once a number has not got better for some epochs")
  public record Options(
      @Summary("the number's column: valid_loss, train_loss, or a metric's name") String monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("by how much a value must be better to count, at least 0") double minDelta,
      @Summary("number of epochs in a row that are no better after which the fit ends, at least 1")
          int patience,
      @Summary("whether the best of one fit is what the next one has to beat") boolean acrossFits)
      implements CallbackProvider {
    public Options {
      new Monitor(monitor, mode, minDelta, patience);
    }

    /// Three epochs whose validation loss is no better.
    public Options() {
      this("valid_loss", Monitor.Mode.AUTO, 0, 3, false);
    }

    /// {@return the same that watches another number}
    public Options monitor(String monitor) {
      return new Options(monitor, mode, minDelta, patience, acrossFits);
    }

    /// {@return the same with another way that is better}
    public Options mode(Monitor.Mode mode) {
      return new Options(monitor, mode, minDelta, patience, acrossFits);
    }

    /// {@return the same with another least difference that counts}
    public Options minDelta(double minDelta) {
      return new Options(monitor, mode, minDelta, patience, acrossFits);
    }

    /// {@return the same with another patience}
    public Options patience(int patience) {
      return new Options(monitor, mode, minDelta, patience, acrossFits);
    }

    /// {@return the same whose best of one fit is what the next one has to beat, or not}
    public Options acrossFits(boolean acrossFits) {
      return new Options(monitor, mode, minDelta, patience, acrossFits);
    }

    @Override
    public Callback create() {
      return new EarlyStopping(new Monitor(monitor, mode, minDelta, patience), acrossFits);
    }
  }

  /// @param monitor what is watched, and how long to wait
  /// @param acrossFits whether the best of one fit is what the next one has to beat
  public EarlyStopping(Monitor monitor, boolean acrossFits) {
    improvement = new Improvement(monitor, acrossFits);
  }

  @Override
  public Order order() {
    return Order.TRACK;
  }

  /// {@return the best value of this fit, or of the last one}
  public OptionalDouble best() {
    return improvement.best();
  }

  @Override
  public void check(Learner learner) {
    improvement.monitor().check(learner, "monitor");
  }

  @Override
  public void beforeFit(Fit fit) {
    improvement.begin(fit);
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (!improvement.see(epoch) && improvement.isExhausted()) {
      epoch.fit().stopAfter(Level.EPOCH, improvement.toString());
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    improvement.end();
  }

  @Override
  public Improvement.State state(NDManager manager) {
    return improvement.state();
  }

  @Override
  public void restore(Improvement.State state) {
    improvement.restore(state);
  }

  @Override
  public Class<Improvement.State> stateType() {
    return Improvement.State.class;
  }
}
