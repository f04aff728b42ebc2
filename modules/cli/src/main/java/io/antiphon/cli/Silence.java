package io.antiphon.cli;

import java.io.PrintStream;

/// While it lasts, what components say on standard output is dropped.
final class Silence implements AutoCloseable {
  private final PrintStream before = System.out;

  /// @param wanted whether there is silence at all
  Silence(boolean wanted) {
    if (wanted) {
      System.setOut(new PrintStream(PrintStream.nullOutputStream()));
    }
  }

  @Override
  public void close() {
    System.setOut(before);
  }
}
