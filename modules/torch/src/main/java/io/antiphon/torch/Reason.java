package io.antiphon.torch;

import ai.djl.engine.EngineException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Why libtorch or DJL's native part failed, in one line.
///
/// What they throw has more in its message: the stack in C++, or the text of the TorchScript
/// function that failed.
public final class Reason {
  /// Where libtorch begins to tell its own stack, Java its own, or a script its text.
  private static final Pattern NATIVE_STACK =
      Pattern.compile("\\R(Exception raised from |frame #\\d+: |\\s+at [\\w.$]+\\(| +1  def )");

  /// What precedes the reason if a TorchScript function failed: the lines of its text.
  private static final Pattern SCRIPT =
      Pattern.compile("(?s)Traceback of TorchScript.*\\R(?:\\w+Error|\\w*Exception): (.*)");

  private Reason() {}

  /// {@return why it failed: shapes and types, as libtorch tells them}
  public static String of(EngineException failure) {
    String line = clause(String.valueOf(failure.getMessage()));
    return line.equals(Rethrow.BARE) ? TypeGuard.MESSAGE : line;
  }

  /// {@return a message without stacks, on one line, without the dot at its end}
  public static String clause(String message) {
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

  /// {@return a failure whose message is its reason; what came is its cause, if that is another}
  public static EngineException told(EngineException failure) {
    String reason = of(failure);
    if (reason.equals(failure.getMessage())) {
      return failure;
    }
    return new EngineException(reason, failure);
  }
}
