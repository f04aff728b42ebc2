package io.antiphon.core;

/// A callback failed. The fit has ended; its cause is what the callback threw.
public final class CallbackException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String callback;
  private final Event event;

  CallbackException(String callback, Event event, String place, Throwable cause) {
    super(
        "callback '%s' failed at %s%s: %s"
            .formatted(
                callback,
                event,
                place,
                cause.getMessage() == null ? cause.toString() : cause.getMessage()),
        cause);
    this.callback = callback;
    this.event = event;
  }

  /// {@return the callback's name}
  public String callback() {
    return callback;
  }

  /// {@return the event that it failed at}
  public Event event() {
    return event;
  }
}
