package io.antiphon.core;

/// Ends the validation part of the epoch. See [CancelException].
public final class CancelValidateException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelValidateException(String why) {
    super(Level.VALIDATE, why);
  }
}
