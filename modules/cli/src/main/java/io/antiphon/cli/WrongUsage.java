package io.antiphon.cli;

/// The command line is wrong. The message is one sentence for the user.
final class WrongUsage extends RuntimeException {
  private static final long serialVersionUID = 1;

  WrongUsage(String sentence) {
    super(sentence);
  }

  WrongUsage(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
