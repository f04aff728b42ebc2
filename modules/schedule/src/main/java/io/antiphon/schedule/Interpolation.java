package io.antiphon.schedule;

import java.util.Locale;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.interpolation.AkimaSplineInterpolator;
import org.apache.commons.math3.analysis.interpolation.LinearInterpolator;
import org.apache.commons.math3.analysis.interpolation.SplineInterpolator;

/// How a curve runs from point to point.
public enum Interpolation {
  /// In straight lines; at least 2 points.
  LINEAR(2),
  /// As a natural cubic spline; at least 3 points. It may swing beyond them.
  CUBIC(3),
  /// As an Akima spline, which swings less; at least 5 points.
  AKIMA(5);

  private final int least;

  Interpolation(int least) {
    this.least = least;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT) + "-points";
  }

  UnivariateFunction through(double[] x, double[] y) {
    if (x.length < least || x.length != y.length) {
      throw new IllegalArgumentException(
          "%s has %d places and %d values, not as many of both and at least %d"
              .formatted(text(), x.length, y.length, least));
    }
    for (int i = 0; i < x.length; i++) {
      if (!(x[i] >= 0 && x[i] <= 1) || (i > 0 && x[i] <= x[i - 1])) {
        throw new IllegalArgumentException(
            "point %d of %s is at %s; points ascend in [0, 1]".formatted(i + 1, text(), x[i]));
      }
    }
    return switch (this) {
      case LINEAR -> new LinearInterpolator().interpolate(x, y);
      case CUBIC -> new SplineInterpolator().interpolate(x, y);
      case AKIMA -> new AkimaSplineInterpolator().interpolate(x, y);
    };
  }
}
