package io.antiphon.core;

/// Ends the epoch; the next one follows. See [CancelException].
public final class CancelEpochException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelEpochException(String why) {
    super(Level.EPOCH, why);
  }
}
