package io.antiphon.cli;

import java.util.List;
import java.util.concurrent.Callable;

/// Commands that a module adds to `antiphon`: a service, found by `ServiceLoader` among the modules
/// that the JVM started with.
///
/// What is wrong with a command line or a file is told by an
/// [io.antiphon.core.options.OptionException], whose message the user sees, and ends with exit code
/// 2; other exceptions with 1.
public interface CommandProvider {
  /// {@return the commands: objects with picocli's `@Command`, which return the exit code; a name
  /// that is taken is told, and the command left out}
  ///
  /// @param terminal where they talk
  List<Callable<Integer>> commands(Terminal terminal);
}
