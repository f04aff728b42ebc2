package io.antiphon.core;

/// Ends the fit. `AFTER_FIT` still runs; no more epochs. See [CancelException].
public final class CancelFitException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelFitException(String why) {
    super(Level.FIT, why);
  }
}
