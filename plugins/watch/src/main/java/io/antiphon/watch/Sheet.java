package io.antiphon.watch;

import io.antiphon.core.Fit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// A CSV file that grows by some lines at a time.
final class Sheet {
  private final Path file;
  private final StringBuilder lines = new StringBuilder();
  private boolean writes = true;

  Sheet(Path file) {
    this.file = file;
  }

  /// Begins the file with a head line; a fit that goes on, or is a part of a training as others
  /// are, goes on with what is there of the steps before it. Rank 0 alone writes.
  void begin(Fit fit, String head) {
    lines.setLength(0);
    writes = fit.ranks().leads();
    if (!writes) {
      return;
    }
    try {
      if ((fit.isResumed() || !fit.isFirst()) && Files.exists(file)) {
        Files.write(file, former(fit.learner().stepsDone()), StandardCharsets.UTF_8);
        return;
      }
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, head + "\n", StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// {@return the lines that are there, but not those of steps that are done again}
  private List<String> former(long steps) throws IOException {
    var kept = new ArrayList<String>();
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      String step = line.substring(0, Math.max(0, line.indexOf(',')));
      if (!step.matches("\\d{1,18}") || Long.parseLong(step) < steps) {
        kept.add(line);
      }
    }
    return kept;
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
    if (lines.isEmpty() || !writes) {
      lines.setLength(0);
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
