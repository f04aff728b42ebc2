package io.antiphon.experiment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A text file that grows by whole lines, which are on the disk when they are written: what it did
/// not take is cut back, and written by a later try.
final class GrowingFile {
  private final Path path;
  private final List<String> lines = new ArrayList<>();
  private int written;
  private long size;
  private long cut = -1;
  private boolean anew;

  GrowingFile(Path path) {
    this.path = path;
  }

  /// Adds a line, to be written.
  void add(String line) {
    lines.add(line);
  }

  /// Lets the next write begin anew, whatever the file holds.
  void beginAnew() {
    anew = true;
  }

  /// {@return how many lines are not written}
  int missing() {
    return lines.size() - written;
  }

  /// Writes the lines that are not written yet; all of them if somebody took the file away.
  void write() throws IOException {
    try (FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.DSYNC)) {
      if (cut >= 0) {
        file.truncate(cut);
        cut = -1;
      }
      boolean whole = anew || file.size() < size;
      long start = whole ? 0 : file.size();
      file.truncate(start);
      try {
        append(file.position(start), bytes(lines.subList(whole ? 0 : written, lines.size())));
      } catch (IOException e) {
        cutBack(file, start);
        throw new FileSystemException(path.toString(), null, e.getMessage());
      }
      if (size == 0) {
        syncFolder();
      }
      written = lines.size();
      size = file.size();
      anew = false;
    }
  }

  /// A new file is lost with its name, which its folder has.
  private void syncFolder() {
    try (FileChannel folder = FileChannel.open(path.toAbsolutePath().getParent())) {
      folder.force(true);
    } catch (IOException e) {
      // not every system opens a folder; one that does not keeps names itself
    }
  }

  private static void append(FileChannel file, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  private void cutBack(FileChannel file, long start) {
    try {
      file.truncate(start);
    } catch (IOException e) {
      cut = start; // by the next try
    }
  }

  private static ByteBuffer bytes(List<String> lines) {
    String text = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
