package io.antiphon.experiment;

import ai.djl.engine.EngineException;
import io.antiphon.core.options.OptionException;
import io.antiphon.torch.Reason;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Failures in a sentence.
public final class Sentence {
  private static final Pattern CONTROL =
      Pattern.compile(
          "[\\p{Cc}\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]|\\p{Cs}");

  private Sentence() {}

  /// {@return what went wrong, in one line that can be shown}
  ///
  /// Native errors carry their C++ stack in the message, and those of TorchScript its text; only
  /// the reason counts.
  public static String of(Throwable failure) {
    return shown(reason(failure));
  }

  /// {@return a text as a terminal can show it: characters that it would obey, line ends too, and
  /// those that turn the direction of what follows are written as in Java, `\n`, `\u001b`}
  public static String shown(String text) {
    Matcher control = CONTROL.matcher(text);
    return control.find() ? control.replaceAll(found -> escaped(found.group())) : text;
  }

  private static String escaped(String character) {
    return switch (character) {
      case "\n" -> "\\\\n";
      case "\r" -> "\\\\r";
      case "\t" -> "\\\\t";
      default -> "\\\\u%04x".formatted(character.codePointAt(0));
    };
  }

  private static String reason(Throwable failure) {
    if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return reason(unchecked.getCause());
    }
    if (failure instanceof FileSystemException file && file.getFile() != null) {
      return reason(file);
    }
    String message = failure.getMessage();
    Throwable cause = failure.getCause();
    if (message == null || message.isBlank()) {
      return cause == null ? name(failure) : reason(cause);
    }
    if (failure instanceof OptionException || failure instanceof RunException) {
      return message; // a sentence already, whatever the user's own words in it are
    }
    String clause =
        failure instanceof EngineException engine ? Reason.of(engine) : Reason.clause(message);
    if (failure instanceof EngineException
        && cause != null
        && !(cause instanceof EngineException)) {
      String why = reason(cause);
      clause = clause.contains(why) ? clause : clause + ": " + why;
    }
    return isForProgrammers(failure) ? name(failure) + ": " + clause : clause;
  }

  /// The messages of these are file names: their classes tell the rest.
  private static String reason(FileSystemException failure) {
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

  private static String name(Throwable failure) {
    String simple = failure.getClass().getSimpleName();
    return simple.isEmpty() ? failure.getClass().getName() : simple;
  }
}
