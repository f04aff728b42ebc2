package io.antiphon.training;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Replacement;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Lowers the learning rate of every group by a factor each time that a number has not got better
/// for some epochs. After the fit, the rates are what they were before.
///
/// It owns the learning rate, so it cannot run together with a schedule of it.
public final class ReduceLrOnPlateau implements Callback, Stateful<ReduceLrOnPlateau.State> {
  private final Improvement improvement;
  private final double factor;
  private final double minLr;
  private final int cooldown;
  private final Map<ParameterGroup, Double> bases = new HashMap<>();
  private double scale = 1;
  private int cooling;

  /// What is watched, how long to wait for something better, and what then becomes of the rate.
  @Id("reduce-lr-on-plateau")
  @Summary("lowers the learning rate each time that a number has not got better for some epochs")
  public record Options(
      @Summary("the number's column: valid_loss, train_loss, or a metric's name") String monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("by how much a value must be better to count, at least 0") double minDelta,
      @Summary(
              "number of epochs in a row that are no better after which the rates fall, at least 1")
          int patience,
      @Summary("by what the rates are multiplied, in (0, 1)") double factor,
      @Summary("below what no rate falls, at least 0") double minLr,
      @Summary("how many epochs after that do not count as waited, at least 0") int cooldown)
      implements CallbackProvider {
    public Options {
      make(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// To a tenth after three epochs whose validation loss is no better.
    public Options() {
      this("valid_loss", Monitor.Mode.AUTO, 0, 3, 0.1, 0, 0);
    }

    /// {@return the same that watches another number}
    public Options monitor(String monitor) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// {@return the same with another way that is better}
    public Options mode(Monitor.Mode mode) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// {@return the same with another least difference that counts}
    public Options minDelta(double minDelta) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// {@return the same with another patience}
    public Options patience(int patience) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// {@return the same with another factor}
    public Options factor(double factor) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// {@return the same with another least learning rate}
    public Options minLr(double minLr) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    /// {@return the same with another cooldown}
    public Options cooldown(int cooldown) {
      return new Options(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }

    private static Callback make(
        String monitor,
        Monitor.Mode mode,
        double minDelta,
        int patience,
        double factor,
        double minLr,
        int cooldown) {
      return new ReduceLrOnPlateau(
          new Monitor(monitor, mode, minDelta, patience), factor, minLr, cooldown);
    }

    @Override
    public Callback create() {
      return make(monitor, mode, minDelta, patience, factor, minLr, cooldown);
    }
  }

  /// @param monitor what is watched, and how long to wait
  /// @param factor by what the rates are multiplied, in (0, 1)
  /// @param minLr below what no rate falls, at least 0
  /// @param cooldown how many epochs after that do not count as waited, at least 0
  public ReduceLrOnPlateau(Monitor monitor, double factor, double minLr, int cooldown) {
    improvement = new Improvement(monitor, false);
    this.factor = Check.between("factor", factor, 0, 1);
    this.minLr = Check.atLeast("min-lr", minLr, 0);
    this.cooldown = Check.atLeast("cooldown", cooldown, 0);
  }

  /// What this remembers.
  ///
  /// @param improvement what was seen
  /// @param scale by what the rates are multiplied now
  /// @param cooling how many epochs of the cooldown are left
  public record State(Improvement.State improvement, double scale, int cooling) {}

  @Override
  public Order order() {
    return Order.TRACK;
  }

  @Override
  public Set<Replacement> replaces() {
    return Set.of(Replacement.hyper(Hyper.LEARNING_RATE));
  }

  @Override
  public void check(Learner learner) {
    improvement.monitor().check(learner, "monitor");
  }

  @Override
  public void beforeFit(Fit fit) {
    if (improvement.state().over()) {
      scale = 1;
      cooling = 0;
    }
    improvement.begin(fit);
    bases.clear();
    for (ParameterGroup group : fit.optimizer().groups()) {
      if (!group.fixes(Hyper.LEARNING_RATE)) {
        bases.put(group, group.get(Hyper.LEARNING_RATE));
      }
    }
    if (scale != 1) {
      lower(fit);
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    boolean better = improvement.see(epoch);
    if (cooling > 0) {
      cooling--;
      improvement.waitAgain();
    }
    if (!better && improvement.isExhausted()) {
      scale *= factor;
      lower(epoch.fit());
      cooling = cooldown;
      improvement.waitAgain();
    }
  }

  private void lower(Fit fit) {
    bases.forEach((group, base) ->
        fit.set(group, Hyper.LEARNING_RATE, Math.min(base, Math.max(base * scale, minLr))));
  }

  @Override
  public void cleanupFit(Fit fit) {
    improvement.end();
    bases.clear();
  }

  @Override
  public State state(NDManager manager) {
    return new State(improvement.state(), scale, cooling);
  }

  @Override
  public void restore(State state) {
    improvement.restore(state.improvement());
    scale = state.scale();
    cooling = state.cooling();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
