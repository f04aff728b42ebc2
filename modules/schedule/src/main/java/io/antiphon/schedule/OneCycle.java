package io.antiphon.schedule;

import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.Optional;

/// Fits by the one-cycle policy (Smith, "A disciplined approach to neural network
/// hyper-parameters", 2018) as fastai's `fit_one_cycle` has it: the learning rate rises from lr /
/// div to lr and falls to lr / div-final, momentum does the opposite, both in half cosine waves.
///
/// ```
/// OneCycle.of(4, 1e-2).fit(learner);
/// ```
@Id("one-cycle")
@Summary("fits with a learning rate that rises, then falls, and momentum that does the opposite")
public record OneCycle(
    @Summary("how long: 5 epochs (or 5), 500 steps") Length epochs,
    @Summary(
            "greatest learning rate: 0.01, slice(0.01), slice(1e-5, 1e-3), or one for each part of the model; the optimizer's own if null")
        Optional<Rates> lr,
    @Summary("by how much the first learning rate is lower, at least 1") double div,
    @Summary("by how much the last learning rate is lower than the greatest, at least 1")
        double divFinal,
    @Summary("when the learning rate is greatest: 0.25 of the run, 1 epoch, 100 steps")
        Length warmUp,
    @Summary(
            "momentum at the start, at the greatest learning rate and at the end, each in [0, 1); empty to leave it alone")
        List<Double> momentum)
    implements Scheduled, PolicyProvider {

  public OneCycle {
    epochs.checkRun("epochs");
    Check.atLeast("div", div, 1);
    Check.atLeast("div-final", divFinal, 1);
    momentum = List.copyOf(momentum);
    if ((!momentum.isEmpty() && momentum.size() != 3)
        || momentum.stream().anyMatch(value -> !(value >= 0 && value < 1))) {
      throw Check.refused("momentum", momentum, "three numbers in [0, 1), or none");
    }
  }

  /// Five epochs up to the optimizer's own learning rate, the rest as in fastai.
  public OneCycle() {
    this(
        Length.epochs(5), Optional.empty(), 25, 1e5, Length.ofRun(0.25), List.of(0.95, 0.85, 0.95));
  }

  /// {@return fastai's one-cycle of that many epochs}
  ///
  /// @param lr the greatest learning rate
  public static OneCycle of(double epochs, double lr) {
    return of(Length.epochs(epochs), Optional.of(Rates.of(lr)));
  }

  /// {@return fastai's one-cycle}
  ///
  /// @param lr the greatest learning rates; the optimizer's own if not given
  public static OneCycle of(Length length, Optional<Rates> lr) {
    var usual = new OneCycle();
    return new OneCycle(length, lr, usual.div, usual.divFinal, usual.warmUp, usual.momentum);
  }

  /// {@return the same with other learning rates}
  public OneCycle lr(Rates lr) {
    return new OneCycle(epochs, Optional.of(lr), div, divFinal, warmUp, momentum);
  }

  /// {@return the same with other divisors}
  public OneCycle div(double div, double divFinal) {
    return new OneCycle(epochs, lr, div, divFinal, warmUp, momentum);
  }

  /// {@return the same with the greatest learning rate at another time}
  public OneCycle warmUp(Length warmUp) {
    return new OneCycle(epochs, lr, div, divFinal, warmUp, momentum);
  }

  /// {@return the same with other momenta: three, or none}
  public OneCycle momentum(List<Double> momentum) {
    return new OneCycle(epochs, lr, div, divFinal, warmUp, momentum);
  }

  @Override
  public Length length() {
    return epochs;
  }

  @Override
  public ParamScheduler scheduler(Learner learner) {
    double peak = fraction("warm-up", warmUp, learner);
    ParamScheduler scheduler =
        Scheduled.ofRate(
                lr, learner, rate -> Schedule.oneCycle(rate / div, rate, rate / divFinal, peak))
            .named("one-cycle");
    if (!schedulesMomentum(learner)) {
      return scheduler;
    }
    Schedule opposite = Schedule.oneCycle(momentum.get(0), momentum.get(1), momentum.get(2), peak);
    return scheduler.andOwn(Hyper.MOMENTUM, _ -> opposite);
  }

  private boolean schedulesMomentum(Learner learner) {
    return !momentum.isEmpty()
        && learner.optimizer().groups().stream()
            .anyMatch(group -> Track.OfOwn.isOn(Hyper.MOMENTUM, group));
  }

  @Override
  public String explain(Learner learner) {
    boolean leavesMomentum = !momentum.isEmpty() && !schedulesMomentum(learner);
    return Scheduled.super.explain(learner)
        + (leavesMomentum ? "momentum is left alone, for the optimizer has none\n" : "");
  }

  @Override
  public Policy create() {
    return this;
  }
}
