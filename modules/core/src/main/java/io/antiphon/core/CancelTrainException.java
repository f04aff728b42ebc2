package io.antiphon.core;

/// Ends the training part of the epoch; validation still runs. See [CancelException].
public final class CancelTrainException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelTrainException(String why) {
    super(Level.TRAIN, why);
  }
}
