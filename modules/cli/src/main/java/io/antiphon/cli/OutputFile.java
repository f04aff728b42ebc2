package io.antiphon.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// A file that a command writes, looked at before it computes anything.
final class OutputFile {
  private OutputFile() {}

  /// Refuses what cannot be written, and what by its name is something else, such as an experiment
  /// that somebody took for the input.
  ///
  /// @param option the option that names it: `--svg`
  /// @param what what is written: `picture`
  /// @param format in what: `SVG`
  /// @param endings what its name may end in, the usual one first
  /// @throws WrongUsage what is wrong with it
  static void check(String option, Path file, String what, String format, String... endings) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (List.of(endings).stream().noneMatch(name::endsWith)) {
      throw new WrongUsage(
          "%s: '%s' does not end in %s, and the %s is in %s"
              .formatted(option, file, endings[0], what, format));
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new WrongUsage(
          "%s: there is no folder '%s' for the %s".formatted(option, folder, what));
    }
    if (Files.isDirectory(file)) {
      throw new WrongUsage("%s: '%s' is a folder".formatted(option, file));
    }
    if (!Files.isWritable(Files.exists(file) ? file : folder)) {
      throw new WrongUsage("%s: '%s' may not be written by this user".formatted(option, file));
    }
  }
}
