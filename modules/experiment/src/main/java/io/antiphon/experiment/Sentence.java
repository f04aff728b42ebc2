package io.antiphon.experiment;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// Failures in a sentence.
public final class Sentence {
  private Sentence() {}

  /// {@return what went wrong, in one line}
  ///
  /// Native errors carry their C++ stack in the message; only what is before it counts.
  public static String of(Throwable failure) {
    if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return of(unchecked.getCause());
    }
    if (failure instanceof FileSystemException file && file.getFile() != null) {
      return of(file);
    }
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      Throwable cause = failure.getCause();
      return cause == null ? failure.getClass().getSimpleName() : of(cause);
    }
    String first = message.strip().lines().findFirst().orElse(message).strip();
    String clause = first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    return isForProgrammers(failure) ? failure.getClass().getSimpleName() + ": " + clause : clause;
  }

  /// The messages of these are file names: their classes tell the rest.
  private static String of(FileSystemException failure) {
    String why =
        switch (failure) {
          case NoSuchFileException _ -> "does not exist";
          case AccessDeniedException _ -> "may not be read or written by this user";
          case FileAlreadyExistsException _ -> "exists already";
          case NotDirectoryException _ -> "is no folder";
          case DirectoryNotEmptyException _ -> "is not empty";
          default ->
              failure.getReason() == null
                  ? "cannot be read or written"
                  : "cannot be used: " + failure.getReason();
        };
    return "'" + failure.getFile() + "' " + why;
  }

  /// Whether a message means nothing without its class.
  private static boolean isForProgrammers(Throwable failure) {
    return failure instanceof Error
        || failure instanceof NullPointerException
        || failure instanceof ClassCastException
        || failure instanceof IndexOutOfBoundsException;
  }
}
