package io.antiphon.core.spi;

import io.antiphon.core.Learner;

/// Probes learning rates, for a command line that need not know who does: a service, found by
/// `ServiceLoader` in the image and among plug-ins.
public interface LrProbe {
  /// What is probed.
  ///
  /// @param start the first rate, greater than 0
  /// @param end the rate that the last batch comes near to, greater than the first
  /// @param iterations how many batches, at least 6
  /// @param linear whether the rate grows by the same amount each time, not by the same factor
  record Range(double start, double end, int iterations, boolean linear) {}

  /// What was found.
  ///
  /// @param text the losses and what they suggest, lines for people
  /// @param picture the curve in SVG
  record Report(String text, String picture) {}

  /// Refuses a range that cannot be probed, before there is a learner.
  ///
  /// @throws IllegalArgumentException if it cannot
  void check(Range range);

  /// {@return what a probe finds, which leaves the learner as it was}
  Report probe(Learner learner, Range range);
}
