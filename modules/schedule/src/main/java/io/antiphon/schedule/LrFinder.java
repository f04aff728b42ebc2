package io.antiphon.schedule;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Chart;
import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.Replacement;
import io.antiphon.core.Snapshot;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Probes learning rates (Smith, WACV 2017), as fastai's `lr_find`: some batches are trained at
/// rates that grow from batch to batch, and the loss tells which are good.
///
/// The learner is afterwards as it was, bit by bit: weights, running statistics, what the optimizer
/// remembers, the counts from which random streams and the order of the data follow, and every
/// callback. No file is written. Probes can follow each other.
///
/// ```
/// LrCurve curve = LrFinder.STANDARD.find(learner);
/// curve.suggest(Suggestion.VALLEY).ifPresent(lr -> OneCycle.of(4, lr).fit(learner));
/// ```
///
/// @param start the first rate of each part of the model; default 1e-7
/// @param end the rate that the last batch comes near to, of each part of the model; default 10
/// @param iterations how many batches, at least 6; default 100
/// @param sweep how the rate grows; default exponential
/// @param divergence the probe stops when the smoothed loss is more than that times the best one,
///   greater than 1, infinite never to stop for it; default 4. It always stops at a loss that is
///   infinite or not a number
public record LrFinder(Rates start, Rates end, int iterations, Sweep sweep, double divergence) {
  /// fastai's probe.
  public static final LrFinder STANDARD =
      new LrFinder(Rates.of(1e-7), Rates.of(10), 100, Sweep.EXPONENTIAL, 4);

  /// How the rate grows.
  public enum Sweep {
    /// By the same factor each time: start·(end / start)^(k / iterations) at batch k.
    EXPONENTIAL,
    /// By the same amount each time.
    LINEAR
  }

  public LrFinder {
    Check.atLeast("iterations", iterations, 6);
    if (!(divergence > 1)) {
      throw Check.refused("divergence", divergence, "greater than 1");
    }
    for (Rates rates : List.of(start, end)) {
      if (rates.numbers().stream().anyMatch(rate -> !(rate > 0))) {
        throw new IllegalArgumentException("a rate to probe is " + rates + ", not greater than 0");
      }
    }
    int several = Math.max(start.numbers().size(), end.numbers().size());
    if (several == 1 && start.numbers().getFirst() >= end.numbers().getFirst()) {
      throw new IllegalArgumentException(
          "rates to probe go from %s to %s; they must grow".formatted(start, end));
    }
  }

  /// {@return the same from another rate to another}
  public LrFinder range(double start, double end) {
    return new LrFinder(Rates.of(start), Rates.of(end), iterations, sweep, divergence);
  }

  /// {@return the same with another number of batches}
  public LrFinder iterations(int iterations) {
    return new LrFinder(start, end, iterations, sweep, divergence);
  }

  /// {@return the same with another sweep}
  public LrFinder sweep(Sweep sweep) {
    return new LrFinder(start, end, iterations, sweep, divergence);
  }

  /// Probes.
  ///
  /// @param learner what to probe; it must not be fitting
  /// @throws io.antiphon.core.CallbackException if a callback fails; the learner is as it was then
  ///   too
  public LrCurve find(Learner learner) {
    var probe = new Probe();
    try (Snapshot snapshot = learner.snapshot(Purpose.LR_FIND)) {
      try {
        learner.run(Purpose.LR_FIND, Length.steps(iterations), probe);
      } finally {
        learner.restore(snapshot);
      }
    }
    return probe.curve(iterations);
  }

  private Schedule rate(double start, double end) {
    return sweep == Sweep.LINEAR ? Schedule.linear(start, end) : Schedule.exponential(start, end);
  }

  private PartSchedule rates() {
    return (part, parts) -> rate(start.over(parts).get(part), end.over(parts).get(part));
  }

  /// Sets the rates and keeps the losses.
  private final class Probe implements Callback {
    private final Track.OfHyper track =
        new Track.OfHyper(Hyper.LEARNING_RATE, Replacement.EVERY_GROUP, rates());
    private List<Track.Bound> bound = List.of();
    private final List<Double> lrs = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private double best = Double.POSITIVE_INFINITY;
    private boolean diverged;

    @Override
    public String name() {
      return "lr-finder";
    }

    @Override
    public Order order() {
      return Order.SCHEDULE;
    }

    @Override
    public Set<Purpose> purposes() {
      return EnumSet.of(Purpose.LR_FIND);
    }

    @Override
    public Set<Replacement> replaces() {
      return Set.of(track.replaces());
    }

    @Override
    public boolean waitsForDevice() {
      return true;
    }

    @Override
    public void beforeBatch(Batch batch) {
      if (bound.isEmpty()) {
        bound = track.bind(batch.fit().learner());
      }
      double progress = Math.min(1, (double) batch.fit().trainIter() / iterations);
      bound.forEach(each -> each.set(batch.fit(), progress));
    }

    @Override
    public void afterBatch(Batch batch) {
      if (!batch.hasLoss() || batch.counted() == 0) {
        return; // someone cancelled it early, or nothing in it counts
      }
      double loss = batch.fit().smoothLoss();
      lrs.add(bound.getLast().value());
      losses.add(loss);
      best = Math.min(best, loss);
      if (!Double.isFinite(loss) || loss > divergence * best) {
        diverged = true;
        throw new CancelFitException(
            "the loss diverged at learning rate " + Chart.number(bound.getLast().value()));
      }
    }

    LrCurve curve(int planned) {
      return new LrCurve(lrs, losses, planned, diverged);
    }
  }

  @Override
  public String toString() {
    return "%s from %s to %s in %d batches"
        .formatted(sweep.name().toLowerCase(Locale.ROOT), start, end, iterations);
  }
}
