package io.antiphon.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.ZipException;

/// Data are missing, damaged or not what was asked for. The message is one sentence for the user:
/// which file, what was found, what was expected.
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /// @param sentence what is wrong, and where
  public DataException(String sentence) {
    super(sentence);
  }

  public DataException(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /// {@return that a line of a file, counted from 1, is not UTF-8}
  public static DataException notUtf8(Path file, long line, IOException e) {
    return new DataException(
        "%s:%d: the line is not UTF-8; save the file as UTF-8".formatted(file, line), e);
  }

  /// {@return that a file cannot be read, and why: it is not there, a folder, another user's, its
  /// compressed data are damaged}
  public static DataException unreadable(Path file, IOException e) {
    String sentence =
        switch (e) {
          case NoSuchFileException _ -> "there is no file '%s'".formatted(file);
          case AccessDeniedException _ -> "'%s' may not be read by this user".formatted(file);
          case EOFException _ -> "%s is truncated: its gzip data end too soon".formatted(file);
          case ZipException _ ->
              "%s: its gzip data are damaged (%s)".formatted(file, e.getMessage());
          default ->
              Files.isDirectory(file)
                  ? "'%s' is a folder, and a file is needed".formatted(file)
                  : "'%s' cannot be read (%s)".formatted(file, reason(e));
        };
    return new DataException(sentence, e);
  }

  private static String reason(IOException e) {
    return e.getClass() == IOException.class && e.getMessage() != null
        ? e.getMessage()
        : e.toString();
  }
}
