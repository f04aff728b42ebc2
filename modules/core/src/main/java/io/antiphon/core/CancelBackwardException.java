package io.antiphon.core;

/// Skips the backward pass; the step still runs on the gradients as they stand. See
/// [CancelException].
public final class CancelBackwardException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelBackwardException(String why) {
    super(Level.BACKWARD, why);
  }
}
