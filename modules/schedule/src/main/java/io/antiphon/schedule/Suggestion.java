package io.antiphon.schedule;

import java.util.OptionalDouble;

/// How to read a learning rate off a probe's curve. Each rule is fastai's, on the same points: the
/// curve without its first tenth of the planned batches and its last 5, up to the first loss that
/// is not finite. Where a rule finds nothing, there is no number.
public enum Suggestion {
  /// The middle of the longest fall: of the longest strictly decreasing subsequence of the losses,
  /// the point at a half of its length. None if it has fewer than 3 points, or falls by less than 1
  /// % of the loss where the curve starts.
  VALLEY {
    @Override
    OptionalDouble of(double[] lrs, double[] losses) {
      return valley(lrs, losses);
    }
  },
  /// The last rate at which the curve still runs as steadily as 15 points later: from the curve's
  /// end leftwards, until its slopes at two points 15 apart differ by at most 0.005. None if they
  /// always differ by more, or there are fewer than 17 points.
  SLIDE {
    @Override
    OptionalDouble of(double[] lrs, double[] losses) {
      return slide(lrs, losses);
    }
  },
  /// A tenth of the rate of the lowest loss. None if that is the first point.
  MINIMUM {
    @Override
    OptionalDouble of(double[] lrs, double[] losses) {
      return minimum(lrs, losses);
    }
  },
  /// The rate where the loss falls most steeply over the logarithm of the rate. None if it never
  /// falls.
  STEEP {
    @Override
    OptionalDouble of(double[] lrs, double[] losses) {
      return steep(lrs, losses);
    }
  };

  private static final int LR_DIFFERENCE = 15;
  private static final double SLOPE_THRESHOLD = 0.005;
  private static final double LEAST_FALL = 0.01;

  abstract OptionalDouble of(double[] lrs, double[] losses);

  private static OptionalDouble valley(double[] lrs, double[] losses) {
    int n = losses.length;
    int[] length = new int[n];
    int[] from = new int[n];
    int end = -1;
    for (int i = 0; i < n; i++) {
      length[i] = 1;
      from[i] = i;
      for (int j = 0; j < i; j++) {
        if (losses[i] < losses[j] && length[i] < length[j] + 1) {
          length[i] = length[j] + 1;
          from[i] = from[j];
        }
      }
      if (end < 0 || length[end] < length[i]) {
        end = i;
      }
    }
    if (end < 0
        || length[end] < 3
        || losses[from[end]] - losses[end] < LEAST_FALL * Math.abs(losses[0])) {
      return OptionalDouble.empty();
    }
    // fastai's places: they suppose that the subsequence is without gaps
    int start = end - length[end];
    double sections = (end - start) / 3.0;
    int index = start + (int) sections + (int) (sections / 2);
    return OptionalDouble.of(lrs[Math.max(0, index)]);
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
