package io.antiphon.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where a command's words go.
public final class Terminal {
  // of POSIX's stat
  private static final int FILE_TYPE = 0170000;
  private static final int PIPE = 0010000;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean watched;
  private final boolean piped;
  private boolean saidLast;

  /// @param out standard output
  /// @param err standard error
  /// @param watched whether standard output is a terminal, where people look
  /// @param piped whether standard output is a pipe
  Terminal(PrintStream out, PrintStream err, boolean watched, boolean piped) {
    this.out = out;
    this.err = err;
    this.watched = watched;
    this.piped = piped;
  }

  /// {@return this process's own}
  static Terminal system() {
    // JDKs differ in whether there is a console without a terminal
    boolean watched = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    return new Terminal(System.out, System.err, watched, isPipe());
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

  /// {@return whether standard output did not take what it was told, and not because its reader
  /// wants no more, as `head` does}
  boolean isBroken() {
    return out.checkError() && !piped;
  }

  private static boolean isPipe() {
    try {
      int mode = (int) Files.getAttribute(Path.of("/dev/stdout"), "unix:mode");
      return (mode & FILE_TYPE) == PIPE;
    } catch (IOException | RuntimeException e) {
      return false; // a system that knows no such things
    }
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
