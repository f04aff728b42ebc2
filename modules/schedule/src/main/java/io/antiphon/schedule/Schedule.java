package io.antiphon.schedule;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.math3.analysis.UnivariateFunction;

/// A number as a function of training progress.
///
/// Progress is the fraction of the run that is done, in [0, 1]: 0 before the first batch, and for
/// the last of n batches (n − 1) / n. Schedules are immutable and may be shared. All those made
/// here refuse progress out of range with an [IllegalArgumentException]; their `toString` is the
/// text that [#parse] reads.
@FunctionalInterface
public interface Schedule {
  /// {@return the value at a progress in [0, 1]}
  double at(double progress);

  /// {@return the same value throughout}
  static Schedule constant(double value) {
    return Formula.of("constant", p -> value, value);
  }

  /// {@return start + p·(end − start)}
  static Schedule linear(double start, double end) {
    return Formula.of("linear", p -> start + p * (end - start), start, end);
  }

  /// {@return half a cosine wave: start + (1 + cos(π·(1 − p)))·(end − start) / 2}
  static Schedule cosine(double start, double end) {
    return Formula.of(
        "cosine", p -> start + (1 + Math.cos(Math.PI * (1 - p))) * (end - start) / 2, start, end);
  }

  /// {@return start·(end / start)^p}
  ///
  /// @param start not 0
  /// @param end of the same sign
  static Schedule exponential(double start, double end) {
    if (!(start * end > 0)) {
      throw new IllegalArgumentException(
          "an exponential schedule goes from %s to %s; both must have one sign and not be 0"
              .formatted(start, end));
    }
    return Formula.of("exponential", p -> start * Math.pow(end / start, p), start, end);
  }

  /// {@return start + (end − start)·p^power}
  ///
  /// @param power greater than 0
  static Schedule polynomial(double start, double end, double power) {
    Formula.positive("the power of a polynomial schedule", power);
    return Formula.of(
        "polynomial", p -> start + (end - start) * Math.pow(p, power), start, end, power);
  }

  /// {@return start·gamma^⌊p / every⌋}
  ///
  /// @param gamma the factor of a step
  /// @param every after which fraction of the run a step is made, in (0, 1]
  static Schedule step(double start, double gamma, double every) {
    if (!(every > 0 && every <= 1)) {
      throw new IllegalArgumentException(
          "the length of a step is %s of the run, not in (0, 1]".formatted(every));
    }
    return Formula.of(
        "step",
        p -> start * Math.pow(gamma, Math.floor(p / every + Formula.DUST)),
        start,
        gamma,
        every);
  }

  /// {@return start·gamma^(the number of milestones that are reached)}
  ///
  /// @param gamma the factor of a step
  /// @param milestones fractions of the run, in [0, 1]
  static Schedule multiStep(double start, double gamma, double... milestones) {
    double[] reached = milestones.clone();
    for (double milestone : reached) {
      if (!(milestone >= 0 && milestone <= 1)) {
        throw new IllegalArgumentException(
            "a milestone is %s of the run, not in [0, 1]".formatted(milestone));
      }
    }
    double[] arguments = new double[reached.length + 2];
    arguments[0] = start;
    arguments[1] = gamma;
    System.arraycopy(reached, 0, arguments, 2, reached.length);
    return Formula.of(
        "multi-step",
        p ->
            start
                * Math.pow(
                    gamma, Arrays.stream(reached).filter(m -> p >= m - Formula.DUST).count()),
        arguments);
  }

  /// {@return a triangular wave (Smith, WACV 2017): from low to high and back, several times, each
  /// time to a height that decays}
  ///
  /// With x the progress within a cycle and k its number from 0: low + (high − low)·(1 − |2x −
  /// 1|)·decay^k.
  ///
  /// @param cycles how many, greater than 0
  /// @param decay the factor of the height from cycle to cycle: 1 for "triangular", 0.5 for
  ///   "triangular2"
  static Schedule cyclical(double low, double high, double cycles, double decay) {
    Formula.positive("the number of cycles", cycles);
    return Formula.of(
        "cyclical",
        p -> {
          double number = Math.floor(p * cycles + Formula.DUST);
          double within = Math.max(0, p * cycles - number);
          return low + (high - low) * (1 - Math.abs(2 * within - 1)) * Math.pow(decay, number);
        },
        low,
        high,
        cycles,
        decay);
  }

  /// {@return cosines from high to low, again and again, each longer than the one before by a
  /// factor (Loshchilov, Hutter, ICLR 2017)}
  ///
  /// @param cycles how many, 1 to 10,000
  /// @param multiplier greater than 0; 1 for cycles of one length
  static Schedule cosineRestarts(double high, double low, int cycles, double multiplier) {
    double sum = Formula.cycles(cycles, multiplier);
    double[] fractions = new double[cycles];
    for (int i = 0; i < cycles; i++) {
      fractions[i] = Math.pow(multiplier, i);
    }
    Piece[] pieces = new Piece[cycles];
    for (int i = 0; i < cycles; i++) {
      pieces[i] = new Piece(fractions[i] / sum, cosine(high, low));
    }
    Schedule combined = combine(pieces);
    return Formula.of("cosine-restarts", combined::at, high, low, cycles, multiplier);
  }

  /// {@return a straight line from `start` to the value where another schedule begins, then that
  /// schedule in the rest of the run}
  ///
  /// @param fraction how much of the run warms up, in [0, 1]
  static Schedule warmUp(double fraction, double start, Schedule then) {
    return combine(new Piece(fraction, linear(start, then.at(0))), new Piece(1 - fraction, then));
  }

  /// {@return warm-up, plateau, decay: a straight line from start to peak, peak, half a cosine wave
  /// from peak to end}
  ///
  /// @param warm how much of the run warms up, in [0, 1]
  /// @param decay how much of the run decays, in [0, 1 − warm]
  static Schedule warmupStableDecay(
      double start, double peak, double end, double warm, double decay) {
    Schedule combined =
        combine(
            new Piece(warm, linear(start, peak)),
            new Piece(Formula.rest(warm + decay), constant(peak)),
            new Piece(decay, cosine(peak, end)));
    return Formula.of("warmup-stable-decay", combined::at, start, peak, end, warm, decay);
  }

  /// {@return fastai's `combined_cos`: half a cosine wave from start to peak, another from peak to
  /// end}
  ///
  /// @param fraction where the peak is, in [0, 1]
  static Schedule oneCycle(double start, double peak, double end, double fraction) {
    Schedule combined =
        combine(
            new Piece(fraction, cosine(start, peak)), new Piece(1 - fraction, cosine(peak, end)));
    return Formula.of("one-cycle", combined::at, start, peak, end, fraction);
  }

  /// {@return a curve through points; the first and the last value hold outside of them}
  ///
  /// @param progress where the points are, ascending, in [0, 1]
  /// @param values the values there
  /// @throws IllegalArgumentException if there are too few points for the interpolation, or they do
  ///   not ascend
  static Schedule through(Interpolation interpolation, double[] progress, double[] values) {
    double[] x = progress.clone();
    double[] y = values.clone();
    UnivariateFunction curve = interpolation.through(x, y);
    double[] arguments = new double[2 * x.length];
    for (int i = 0; i < x.length; i++) {
      arguments[2 * i] = x[i];
      arguments[2 * i + 1] = y[i];
    }
    return Formula.of(
        interpolation.text(),
        p -> {
          if (p <= x[0]) {
            return y[0];
          }
          return p >= x[x.length - 1] ? y[y.length - 1] : curve.value(p);
        },
        arguments);
  }

  /// {@return schedules one after the other, each over its share of the run}
  ///
  /// A piece begins exactly where the one before ends. An empty piece is never in force.
  ///
  /// @throws IllegalArgumentException if the shares are not 1 together
  static Schedule combine(Piece... pieces) {
    return Combination.of(List.of(pieces));
  }

  /// {@return this schedule, its values multiplied}
  default Schedule times(double factor) {
    return Formula.times(this, factor);
  }

  /// Reads a schedule.
  ///
  /// @param text such as `cosine(0.1, 0)`, or pieces with their shares of the run, `0.3 linear(0,
  ///   1), 0.7 cosine(1, 0)`; a number alone is a constant. A schedule's values are multiplied by
  ///   `× 2` (or `* 2`) behind it, and pieces in parentheses are one schedule
  /// @throws IllegalArgumentException with a sentence that says what is wrong and what there is
  static Schedule parse(String text) {
    return ScheduleParser.parse(text);
  }

  /// A schedule over a part of the run.
  ///
  /// @param fraction the part's share, in [0, 1]
  /// @param schedule a function of the progress within the part
  record Piece(double fraction, Schedule schedule) {
    public Piece {
      if (!(fraction >= 0 && fraction <= 1)) {
        throw new IllegalArgumentException("a share of the run is " + fraction + ", not in [0, 1]");
      }
    }

    static String text(List<Piece> pieces) {
      return pieces.stream()
          .map(piece -> Formula.number(piece.fraction) + " " + Formula.term(piece.schedule))
          .collect(Collectors.joining(", "));
    }
  }
}
