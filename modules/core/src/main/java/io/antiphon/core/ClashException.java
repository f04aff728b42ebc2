package io.antiphon.core;

import java.util.List;

/// Thrown where callbacks do not fit together: two replace the same, or their orders contradict
/// each other.
public final class ClashException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // never sent anywhere
  private final transient List<Callback> callbacks;

  ClashException(String message, List<Callback> callbacks) {
    super(message);
    this.callbacks = List.copyOf(callbacks);
  }

  /// {@return the callbacks that clash}
  public List<Callback> callbacks() {
    return callbacks;
  }
}
