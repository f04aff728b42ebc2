package io.antiphon.experiment;

import ai.djl.engine.EngineException;
import io.antiphon.core.options.OptionException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Failures in a sentence.
public final class Sentence {
  /// Where libtorch begins to tell its own stack, Java its own, or a script its text.
  private static final Pattern NATIVE_STACK =
      Pattern.compile("\\R(Exception raised from |frame #\\d+: |\\s+at [\\w.$]+\\(| +1  def )");

  /// What precedes the reason if a TorchScript function failed: the lines of its text.
  private static final Pattern SCRIPT =
      Pattern.compile("(?s)Traceback of TorchScript.*\\R(?:\\w+Error|\\w*Exception): (.*)");

  /// What DJL's native part says, guarded by module torch, of types that it does not know: int16,
  /// bfloat16 …
  private static final String NO_SUCH_TYPE = "std::bad_cast";

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
    String clause = clause(message);
    if (failure instanceof EngineException && clause.equals(NO_SUCH_TYPE)) {
      return "DJL cannot make arrays of this type; it knows int8, uint8, int32, int64, boolean, float16, float32 and float64";
    }
    if (failure instanceof EngineException
        && cause != null
        && !(cause instanceof EngineException)) {
      String why = reason(cause);
      clause = clause.contains(why) ? clause : clause + ": " + why;
    }
    return isForProgrammers(failure) ? name(failure) + ": " + clause : clause;
  }

  /// {@return a message without stacks, on one line, without the dot at its end}
  private static String clause(String message) {
    String text = message;
    Matcher stack = NATIVE_STACK.matcher(text);
    if (stack.find()) {
      text = text.substring(0, stack.start());
    }
    Matcher script = SCRIPT.matcher(text);
    if (script.find()) {
      text = script.group(1);
    }
    String line =
        text.lines().map(String::strip).filter(l -> !l.isEmpty()).collect(Collectors.joining(" "));
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
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
