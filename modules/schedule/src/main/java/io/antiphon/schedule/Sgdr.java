package io.antiphon.schedule;

import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Fits in cycles of half cosine waves from the learning rate to 0, each cycle longer than the one
/// before (Loshchilov, Hutter, "SGDR", ICLR 2017), fastai's `fit_sgdr`.
///
/// The whole is cycle · (1 + multiplier + multiplier² + …) long.
///
/// @param cycles how many, at least 1
/// @param cycle how long the first cycle is, in epochs or steps
/// @param lr the greatest learning rate, of each part of the model; if not given,
///   each group's own in the optimizer
/// @param multiplier by how much a cycle is longer than the one before, greater than 0; default 2;
///   1 for cycles of one length
public record Sgdr(
    @Summary("how many cycles, at least 1") int cycles,
    @Summary("how long the first cycle is: 1 epoch (or 1), 100 steps") Length cycle,
    @Summary(
            "greatest learning rate: 0.01, slice(0.01), slice(1e-5, 1e-3), or one for each part of the model; the optimizer's own if null")
        Optional<Rates> lr,
    @Summary("by how much a cycle is longer than the one before, greater than 0") double multiplier)
    implements Scheduled {

  public Sgdr {
    Scheduled.checkRun(cycle);
    if (cycles < 1) {
      throw new IllegalArgumentException("cycles is " + cycles + ", not at least 1");
    }
    if (!(multiplier > 0 && multiplier < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("multiplier is " + multiplier + ", not greater than 0");
    }
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
    double sum = 0;
    for (int i = 0; i < cycles; i++) {
      sum += Math.pow(multiplier, i);
    }
    return cycle.times(sum);
  }

  @Override
  public ParamScheduler scheduler(Learner learner) {
    return Scheduled.ofRate(lr, rate -> Schedule.cosineRestarts(rate, 0, cycles, multiplier))
        .named("sgdr");
  }
}
