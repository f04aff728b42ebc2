package io.antiphon.core;

import ai.djl.engine.EngineException;
import io.antiphon.torch.Reason;

/// A callback failed. The fit has ended; its cause is what the callback threw.
public final class CallbackException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String callback;
  private final Event event;

  CallbackException(String callback, Event event, String place, Throwable cause) {
    super("callback '%s' failed at %s%s: %s".formatted(callback, event, place, why(cause)), cause);
    this.callback = callback;
    this.event = event;
  }

  private static String why(Throwable cause) {
    if (cause instanceof EngineException engine) {
      return Reason.of(engine);
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
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
