package io.antiphon.watch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A CSV file that grows by some lines at a time.
final class Sheet {
  private final Path file;
  private final StringBuilder lines = new StringBuilder();

  Sheet(Path file) {
    this.file = file;
  }

  /// Begins the file with a head line; a fit that goes on goes on with what is there.
  void begin(boolean goesOn, String head) {
    lines.setLength(0);
    if (goesOn && Files.exists(file)) {
      return;
    }
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, head + "\n", StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  void line(long step, String name, double... numbers) {
    lines.append(step).append(',').append(quoted(name));
    for (double number : numbers) {
      lines.append(',');
      if (Double.isFinite(number)) {
        lines.append((float) number);
      }
    }
    lines.append('\n');
  }

  private static String quoted(String name) {
    return name.matches("[\\w.-]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /// Writes the lines since the last time.
  void flush() {
    if (lines.isEmpty()) {
      return;
    }
    try {
      Files.writeString(
          file,
          lines,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      lines.setLength(0);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException("%s cannot be written: %s".formatted(file, e), e);
  }
}
