package io.antiphon.core;

/// Thrown where the value of an option is refused; it knows which option, so that the place where
/// the value was written can be told. See [Check].
public final class RefusedException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String option;

  /// @param option the option's name in kebab-case
  /// @param message a sentence that begins with it: what its value is, and what is allowed
  public RefusedException(String option, String message) {
    super(message);
    this.option = option;
  }

  /// @param cause what refused the value
  public RefusedException(String option, String message, Throwable cause) {
    super(message, cause);
    this.option = option;
  }

  /// {@return the option's name in kebab-case}
  public String option() {
    return option;
  }
}
