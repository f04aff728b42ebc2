package io.antiphon.schedule;

import java.util.OptionalDouble;

/// How to read a learning rate off a probe's curve. Each rule is fastai's, on the same points: the
/// curve without its first tenth of the planned batches and its last 5, up to the first loss that
/// is not finite.
///
/// Where a rule finds nothing, there is no number; and no rule finds anything where the curve does
/// not fall: where the longest strictly decreasing subsequence of the losses has fewer than 3
/// points, or falls by less than 1 % of the loss where the curve starts.
public enum Suggestion {
  /// The middle of the longest fall: of the longest strictly decreasing subsequence of the losses,
  /// the point at a half of its length.
  VALLEY("the middle of the longest fall; take this one if in doubt") {
    @Override
    OptionalDouble of(double[] lrs, double[] losses, Fall fall) {
      return OptionalDouble.of(valley(lrs, fall));
    }
  },
  /// The last rate at which the curve still runs as steadily as 15 points later: from the curve's
  /// end leftwards, until its slopes at two points 15 apart differ by at most 0.005. None if they
  /// always differ by more, or there are fewer than 17 points.
  SLIDE("the last rate of the steady fall") {
    @Override
    OptionalDouble of(double[] lrs, double[] losses, Fall fall) {
      return slide(lrs, losses);
    }
  },
  /// A tenth of the rate of the lowest loss. None if that is the first point.
  MINIMUM("a tenth of the rate of the lowest loss") {
    @Override
    OptionalDouble of(double[] lrs, double[] losses, Fall fall) {
      return minimum(lrs, losses);
    }
  },
  /// The rate where the loss falls most steeply over the logarithm of the rate. None if it never
  /// falls.
  STEEP("where the loss falls most steeply") {
    @Override
    OptionalDouble of(double[] lrs, double[] losses, Fall fall) {
      return steep(lrs, losses);
    }
  };

  private static final int LR_DIFFERENCE = 15;
  private static final double SLOPE_THRESHOLD = 0.005;
  private static final double LEAST_FALL = 0.01;

  private final String meaning;

  Suggestion(String meaning) {
    this.meaning = meaning;
  }

  /// {@return what the rate is, for people}
  String meaning() {
    return meaning;
  }

  /// {@return the rate that this rule reads off a curve; none if the curve does not fall at all}
  OptionalDouble suggest(double[] lrs, double[] losses) {
    Fall fall = Fall.longest(losses);
    return fall.isReal(losses) ? of(lrs, losses, fall) : OptionalDouble.empty();
  }

  /// {@return the rate that this rule reads off a curve that falls}
  abstract OptionalDouble of(double[] lrs, double[] losses, Fall fall);

  /// A strictly decreasing subsequence of losses.
  ///
  /// @param first the index of its first point
  /// @param last the index of its last point
  /// @param length of how many points it is
  record Fall(int first, int last, int length) {
    /// {@return the longest one, the first of these}
    static Fall longest(double[] losses) {
      int[] length = new int[losses.length];
      int[] first = new int[losses.length];
      int last = 0;
      for (int i = 0; i < losses.length; i++) {
        length[i] = 1;
        first[i] = i;
        for (int j = 0; j < i; j++) {
          if (losses[i] < losses[j] && length[i] < length[j] + 1) {
            length[i] = length[j] + 1;
            first[i] = first[j];
          }
        }
        last = length[last] < length[i] ? i : last;
      }
      return losses.length == 0 ? new Fall(0, 0, 0) : new Fall(first[last], last, length[last]);
    }

    /// {@return whether this is more than noise}
    boolean isReal(double[] losses) {
      return length >= 3 && losses[first] - losses[last] >= LEAST_FALL * Math.abs(losses[0]);
    }
  }

  private static double valley(double[] lrs, Fall fall) {
    // fastai's places: they suppose that the subsequence is without gaps
    int start = fall.last - fall.length;
    double sections = fall.length / 3.0;
    int index = start + (int) sections + (int) (sections / 2);
    return lrs[Math.max(0, index)];
  }

  private static OptionalDouble slide(double[] lrs, double[] losses) {
    int n = losses.length;
    if (n < LR_DIFFERENCE + 2) {
      return OptionalDouble.empty();
    }
    double[] slope = new double[n];
    slope[0] = losses[1] - losses[0];
    slope[n - 1] = losses[n - 1] - losses[n - 2];
    for (int i = 1; i < n - 1; i++) {
      slope[i] = (losses[i + 1] - losses[i - 1]) / 2;
    }
    int right = n - 1;
    int left = right - LR_DIFFERENCE;
    double lr = lrs[left];
    while (left >= 0 && Math.abs(slope[right] - slope[left]) > SLOPE_THRESHOLD) {
      lr = lrs[left];
      right--;
      left--;
    }
    return left < 0 ? OptionalDouble.empty() : OptionalDouble.of(lr);
  }

  private static OptionalDouble minimum(double[] lrs, double[] losses) {
    int least = 0;
    for (int i = 1; i < losses.length; i++) {
      least = losses[i] < losses[least] ? i : least;
    }
    return least == 0 ? OptionalDouble.empty() : OptionalDouble.of(lrs[least] / 10);
  }

  private static OptionalDouble steep(double[] lrs, double[] losses) {
    int steepest = -1;
    double most = 0;
    for (int i = 0; i + 1 < losses.length; i++) {
      double slope = (losses[i + 1] - losses[i]) / (Math.log(lrs[i + 1]) - Math.log(lrs[i]));
      if (slope < most) {
        most = slope;
        steepest = i;
      }
    }
    return steepest < 0 ? OptionalDouble.empty() : OptionalDouble.of(lrs[steepest]);
  }
}
