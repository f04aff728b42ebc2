package io.antiphon.cli;

import java.io.PrintStream;

/// Where a command's words go.
final class Terminal {
  private final PrintStream out;
  private final PrintStream err;
  private boolean saidLast;

  /// @param out standard output
  /// @param err standard error
  Terminal(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /// Prints the last line on standard output; a second one is not printed.
  synchronized void sayLast(String line) {
    if (!saidLast) {
      saidLast = true;
      out.println(line);
      out.flush();
    }
  }
}
