package io.antiphon.core;

/// The mean loss of a pass, so far: batches weigh by what counted in them.
final class Tally {
  private double sum;
  private double weight;
  private long samples;

  Tally() {}

  /// Goes on where another one was.
  Tally(Progress.OpenEpoch saved) {
    sum = saved.lossSum();
    weight = saved.lossWeight();
    samples = saved.samples();
  }

  void seen(int more) {
    samples += more;
  }

  /// Adds the mean loss of a batch.
  ///
  /// @param counted over how many places; nothing is added if 0
  void add(double loss, double counted) {
    if (counted > 0) {
      sum += loss * counted;
      weight += counted;
    }
  }

  double mean() {
    return weight == 0 ? Double.NaN : sum / weight;
  }

  double sum() {
    return sum;
  }

  double weight() {
    return weight;
  }

  long samples() {
    return samples;
  }
}
