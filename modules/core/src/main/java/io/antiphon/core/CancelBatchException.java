package io.antiphon.core;

/// Ends the batch: it is neither stepped nor are its gradients zeroed, so they add up. See
/// [CancelException].
public final class CancelBatchException extends CancelException {
  private static final long serialVersionUID = 1;

  /// @param why the reason, as a phrase for the log
  public CancelBatchException(String why) {
    super(Level.BATCH, why);
  }
}
