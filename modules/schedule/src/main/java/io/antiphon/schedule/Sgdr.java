package io.antiphon.schedule;

import io.antiphon.core.Check;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Fits in cycles of half cosine waves from the learning rate to 0, each cycle longer than the one
/// before (Loshchilov, Hutter, "SGDR", ICLR 2017), fastai's `fit_sgdr`.
///
/// The whole is cycle · (1 + multiplier + multiplier² + …) long.
@Id("sgdr")
@Summary("fits in cosine cycles with warm restarts, each longer than the one before")
public record Sgdr(
    @Summary("how many cycles, 1 to 10000") int cycles,
    @Summary("how long the first cycle is: 1 epoch (or 1), 100 steps") Length cycle,
    @Summary(
            "greatest learning rate: 0.01, slice(0.01), slice(1e-5, 1e-3), or one for each part of the model; the optimizer's own if null")
        Optional<Rates> lr,
    @Summary("by how much a cycle is longer than the one before, greater than 0") double multiplier)
    implements Scheduled, PolicyProvider {

  public Sgdr {
    cycle.checkRun("cycle");
    Check.within("cycles", cycles, 1, Formula.MOST_CYCLES);
    Check.above("multiplier", multiplier, 0);
    Formula.cycles(cycles, multiplier);
  }

  /// One cycle of an epoch from the optimizer's own learning rate; more would double each time.
  public Sgdr() {
    this(1, Length.epochs(1), Optional.empty(), 2);
  }

  /// {@return the same with so many cycles}
  public Sgdr cycles(int cycles) {
    return new Sgdr(cycles, cycle, lr, multiplier);
  }

  /// {@return the same with another length of the first cycle}
  public Sgdr cycle(Length cycle) {
    return new Sgdr(cycles, cycle, lr, multiplier);
  }

  /// {@return the same with another learning rate}
  public Sgdr lr(Rates lr) {
    return new Sgdr(cycles, cycle, Optional.of(lr), multiplier);
  }

  /// {@return the same whose cycles grow by another factor}
  public Sgdr multiplier(double multiplier) {
    return new Sgdr(cycles, cycle, lr, multiplier);
  }

  /// {@return fastai's SGDR}
  ///
  /// @param cycles how many
  /// @param epochs how long the first is
  public static Sgdr of(int cycles, double epochs, double lr) {
    return new Sgdr(cycles, Length.epochs(epochs), Optional.of(Rates.of(lr)), 2);
  }

  @Override
  public Length length() {
    return cycle.times(Formula.cycles(cycles, multiplier));
  }

  @Override
  public String lengthOption() {
    return "cycle";
  }

  @Override
  public ParamScheduler scheduler(Learner learner) {
    return Scheduled.ofRate(
            lr, learner, rate -> Schedule.cosineRestarts(rate, 0, cycles, multiplier))
        .named("sgdr");
  }

  @Override
  public Policy create() {
    return this;
  }
}
