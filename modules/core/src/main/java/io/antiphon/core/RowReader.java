package io.antiphon.core;

/// A callback that takes the row of each epoch, once: after the epoch, or in its cleanup where a
/// cancel of the fit or a failure crosses it.
///
/// So a table, a history and a tracker have the same rows. One that does more at these events calls
/// `RowReader.super`, too.
public interface RowReader extends Callback {
  /// Takes the row of an epoch that leaves one ([Epoch#leavesRow]).
  ///
  /// @param row its numbers, which are final
  void row(Epoch epoch, Row row);

  @Override
  default void afterEpoch(Epoch epoch) {
    epoch.tell(this);
  }

  @Override
  default void cleanupEpoch(Epoch epoch) {
    if (epoch.leavesRow()) {
      epoch.tell(this);
    }
  }
}
