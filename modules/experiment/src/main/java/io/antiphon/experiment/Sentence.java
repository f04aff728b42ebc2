package io.antiphon.experiment;

/// Failures in a sentence.
public final class Sentence {
  private Sentence() {}

  /// {@return what went wrong, in one line}
  ///
  /// Native errors carry their C++ stack in the message; only what is before it counts.
  public static String of(Throwable failure) {
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      Throwable cause = failure.getCause();
      return cause == null ? failure.getClass().getSimpleName() : of(cause);
    }
    String first = message.strip().lines().findFirst().orElse(message).strip();
    String clause = first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    return isForProgrammers(failure) ? failure.getClass().getSimpleName() + ": " + clause : clause;
  }

  /// Whether a message means nothing without its class.
  private static boolean isForProgrammers(Throwable failure) {
    return failure instanceof Error
        || failure instanceof NullPointerException
        || failure instanceof ClassCastException
        || failure instanceof IndexOutOfBoundsException;
  }
}
