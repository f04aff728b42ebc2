package io.antiphon.cli;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;

/// Where a command's words go.
public final class Terminal {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean watched;
  private boolean saidLast;

  /// @param out standard output
  /// @param err standard error
  /// @param watched whether standard output is a terminal, where people look
  Terminal(PrintStream out, PrintStream err, boolean watched) {
    this.out = out;
    this.err = err;
    this.watched = watched;
  }

  /// {@return this process's own}
  static Terminal system() {
    // JDKs differ in whether there is a console without a terminal
    boolean watched = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    return new Terminal(System.out, System.err, watched);
  }

  /// {@return standard output: what the command was asked for}
  public PrintStream out() {
    return out;
  }

  /// {@return standard error: what is wrong, and what people shall know besides}
  public PrintStream err() {
    return err;
  }

  /// {@return whether standard output is a terminal, where people look}
  public boolean isWatched() {
    return watched;
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
