package io.antiphon.core;

/// The average of fastai's AvgSmoothLoss: v = 0.98 v + 0.02 x, divided by 1 - 0.98^n.
///
/// What is not finite is left out. It shows only until the next number comes, so that nobody takes
/// a dead training for a live one.
public final class Smoothing {
  private static final double BETA = 0.98;

  private double sum;
  private double bias = 1;
  private boolean finite;

  /// Of nothing yet.
  public Smoothing() {}

  /// Goes on where another one was.
  ///
  /// @param sum its [#sum()]
  /// @param bias its [#bias()]
  public Smoothing(double sum, double bias) {
    this.sum = sum;
    this.bias = bias;
  }

  /// Adds a number.
  public void add(double value) {
    finite = Double.isFinite(value);
    if (finite) {
      sum = BETA * sum + (1 - BETA) * value;
      bias *= BETA;
    }
  }

  /// {@return the average; NaN before the first number, and after one that is not finite}
  public double value() {
    return finite ? sum / (1 - bias) : Double.NaN;
  }

  /// {@return the average before its bias is taken away}
  public double sum() {
    return sum;
  }

  /// {@return 0.98^n, after n numbers}
  public double bias() {
    return bias;
  }
}
