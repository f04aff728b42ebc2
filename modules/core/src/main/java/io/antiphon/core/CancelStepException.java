package io.antiphon.core;

/// Skips the optimizer's step; the gradients are still zeroed. See [CancelException].
public final class CancelStepException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelStepException(String why) {
    super(Level.STEP, why);
  }
}
