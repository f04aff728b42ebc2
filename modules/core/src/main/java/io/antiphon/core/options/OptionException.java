package io.antiphon.core.options;

/// Something in a file or on a command line is wrong. The message is one sentence for the user:
/// where, what, what is allowed.
public final class OptionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param place where it stands
  /// @param sentence what is wrong, what is allowed, and the remedy
  public OptionException(Place place, String sentence) {
    super(place + ": " + sentence);
  }

  /// @param place where it stands
  /// @param sentence what is wrong, what is allowed, and the remedy
  /// @param cause what found it out
  public OptionException(Place place, String sentence, Throwable cause) {
    super(place + ": " + sentence, cause);
  }
}
