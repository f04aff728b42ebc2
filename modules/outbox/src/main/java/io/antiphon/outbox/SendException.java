package io.antiphon.outbox;

/// Something could not be sent. The message tells why, and holds no secret.
public final class SendException extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;

  /// What an answer that came does not say.
  ///
  /// @param message why it could not be sent, without a secret
  public SendException(String message) {
    this(message, 0);
  }

  SendException(String message, int status) {
    super(message);
    this.status = status;
  }

  /// {@return what the server answered; 0 if it was not its answer}
  public int status() {
    return status;
  }
}
