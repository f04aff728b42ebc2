package io.antiphon.schedule;

import io.antiphon.core.Check;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Fits at a flat learning rate that falls in half a cosine wave at the end, fastai's
/// `fit_flat_cos`.
@Id("flat-cos")
@Summary("fits at a flat learning rate that falls in a cosine at the end")
public record FlatCos(
    @Summary("how long: 5 epochs (or 5), 500 steps") Length epochs,
    @Summary(
            "flat learning rate: 0.01, slice(0.01), slice(1e-5, 1e-3), or one for each part of the model; the optimizer's own if null")
        Optional<Rates> lr,
    @Summary("by how much the last learning rate is lower, at least 1") double divFinal,
    @Summary("how long the learning rate is flat: 0.75 of the run, 3 epochs, 300 steps")
        Length flat)
    implements Scheduled, PolicyProvider {

  public FlatCos {
    epochs.checkRun("epochs");
    Check.atLeast("div-final", divFinal, 1);
  }

  /// Five epochs at the optimizer's own learning rate, the rest as in fastai.
  public FlatCos() {
    this(Length.epochs(5), Optional.empty(), 1e5, Length.ofRun(0.75));
  }

  /// {@return the same with another length}
  public FlatCos epochs(Length epochs) {
    return new FlatCos(epochs, lr, divFinal, flat);
  }

  /// {@return the same with another learning rate}
  public FlatCos lr(Rates lr) {
    return new FlatCos(epochs, Optional.of(lr), divFinal, flat);
  }

  /// {@return the same with another factor by which the last learning rate is lower}
  public FlatCos divFinal(double divFinal) {
    return new FlatCos(epochs, lr, divFinal, flat);
  }

  /// {@return the same with another length at a flat rate}
  public FlatCos flat(Length flat) {
    return new FlatCos(epochs, lr, divFinal, flat);
  }

  /// {@return fastai's flat-cos of that many epochs}
  public static FlatCos of(double epochs, double lr) {
    return of(Length.epochs(epochs), Optional.of(Rates.of(lr)));
  }

  /// {@return fastai's flat-cos}
  ///
  /// @param lr the flat learning rates; the optimizer's own if not given
  public static FlatCos of(Length length, Optional<Rates> lr) {
    var usual = new FlatCos();
    return new FlatCos(length, lr, usual.divFinal, usual.flat);
  }

  @Override
  public Length length() {
    return epochs;
  }

  @Override
  public ParamScheduler scheduler(Learner learner) {
    double share = fraction("flat", flat, learner);
    return Scheduled.ofRate(
            lr, learner, rate -> Schedule.oneCycle(rate, rate, rate / divFinal, share))
        .named("flat-cos");
  }

  @Override
  public Policy create() {
    return this;
  }
}
