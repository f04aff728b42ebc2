package io.antiphon.experiment;

/// A run failed. The message is one sentence: where, and why.
public final class RunException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RunException(String sentence) {
    super(sentence);
  }

  RunException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
