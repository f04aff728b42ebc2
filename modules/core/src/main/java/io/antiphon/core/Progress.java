package io.antiphon.core;

import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.Optional;

/// Where a learner is among its fits, as a checkpoint holds it.
///
/// @param over the fits that ran to an end, in order
/// @param open the one that was open, if any
record Progress(List<FitResult> over, Optional<OpenFit> open) {
  /// A fit between two of its batches or epochs.
  ///
  /// @param length how long it was to be, when it began
  /// @param now how long it is to be
  /// @param begun the epochs that are over
  /// @param steps the training batches that are over
  /// @param stop why it ends after the epoch, if that was decided
  /// @param last what the last epoch that is over scored
  /// @param epoch the epoch that is open, if one is
  /// @param losses the losses of its training batches, float64 `[N]`; nothing before the first
  record OpenFit(
      Extent length,
      Extent now,
      int begun,
      long steps,
      Optional<Outcome> stop,
      Scored last,
      Optional<OpenEpoch> epoch,
      NDList losses) {}

  /// How long a fit is.
  ///
  /// @param epochs at most
  /// @param steps training batches at most
  record Extent(int epochs, long steps) {}

  /// What an epoch scored.
  record Scored(Optional<Scores> train, Optional<Scores> valid) {}

  /// An epoch between two of its batches.
  ///
  /// @param batches the training batches that are over
  /// @param fraction of its training that is over, in [0, 1]
  /// @param trained whether its training part is over, so that the validation part is next
  /// @param partial whether a part of it was stopped or cancelled
  /// @param train what the training part scored, once it is over
  /// @param lossSum the sum of losses in the training part, over what counted
  /// @param lossWeight how much counted
  /// @param samples the samples
  /// @param seconds how long it took so far
  record OpenEpoch(
      int batches,
      double fraction,
      boolean trained,
      boolean partial,
      Optional<Scores> train,
      double lossSum,
      double lossWeight,
      long samples,
      double seconds) {}
}
