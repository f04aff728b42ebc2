package io.antiphon.core.options;

import java.nio.file.Path;

/// Where a value was written: in a file, or in an option of the command line.
///
/// @param source the file's name, or `--set` and the like, as people shall read it
/// @param line the line, from 1; 0 if the source has no lines
/// @param column the column, from 1; 0 if the source has no lines
/// @param base the folder that relative paths start from
public record Place(String source, int line, int column, Path base) {
  /// Values that nobody wrote: those that hold where nothing else is said.
  public static final Place DEFAULTS = new Place("the defaults", 0, 0, Path.of(""));

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
