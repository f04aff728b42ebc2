package io.antiphon.data;

/// Data are missing, damaged or not what was asked for. The message is one sentence for the user:
/// which file, what was found, what was expected.
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /// @param sentence what is wrong, and where
  public DataException(String sentence) {
    super(sentence);
  }

  public DataException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
