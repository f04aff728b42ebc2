package io.antiphon.precision;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.util.Pair;
import io.antiphon.core.LossFunction;
import io.antiphon.torch.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Says which block or loss cannot compute in a narrow type.
final class Refusal {
  // How libtorch, DJL and the guard of module torch speak of narrow types, bfloat16 being unknown
  // to DJL, and of images with the channels last.
  private static final Pattern SIGNS =
      Pattern.compile(
          "\\b([Bb][Ff]loat16|[Ff]loat16|Half|unknown|UNKNOWN)\\b|size and stride|could not create a primitive|^std::bad_cast$");
  // Who speaks so.
  private static final List<String> SPEAKERS =
      List.of("ai.djl.ndarray.", "ai.djl.pytorch.", "io.antiphon.torch.");
  private static final List<String> PLUMBING = List.of("java.", "jdk.");

  private Refusal() {}

  /// {@return the failure of a forward pass, said in terms of the model if the type is to blame}
  static RuntimeException ofModel(RuntimeException failure, Block model, DataType type) {
    if (!isOfType(failure)) {
      return failure;
    }
    Map<String, String> names = new LinkedHashMap<>();
    collect(model, "", names);
    for (StackTraceElement frame : trace(failure).toList()) {
      String name = names.get(frame.getClassName());
      if (name != null) {
        return refused("block '" + name + "'", failure, type);
      }
    }
    return refused("the model", failure, type);
  }

  /// {@return the failure of a loss function, said in its terms if the type is to blame}
  static RuntimeException ofLoss(RuntimeException failure, LossFunction loss, DataType type) {
    return isOfType(failure) ? refused("loss '" + loss + "'", failure, type) : failure;
  }

  // A model's own exception is its own, whatever words it uses.
  private static boolean isOfType(Throwable failure) {
    if (failure instanceof Refused) {
      return false; // said already, by who is nearer to it
    }
    Throwable root = root(failure);
    StackTraceElement[] frames = root.getStackTrace();
    return frames.length > 0
        && startsWithOneOf(SPEAKERS, frames[0].getClassName())
        && SIGNS.matcher(String.valueOf(root.getMessage())).find();
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  // Of the thread that failed first, then of the one that waited for it.
  private static Stream<StackTraceElement> trace(Throwable failure) {
    return Stream.of(root(failure), failure)
        .flatMap(e -> Stream.of(e.getStackTrace()))
        .filter(frame -> !startsWithOneOf(PLUMBING, frame.getClassName()))
        .filter(frame -> !startsWithOneOf(SPEAKERS, frame.getClassName()));
  }

  private static boolean startsWithOneOf(List<String> prefixes, String name) {
    return prefixes.stream().anyMatch(name::startsWith);
  }

  private static RuntimeException refused(String what, RuntimeException failure, DataType type) {
    String where = trace(failure).findFirst().map(frame -> " (at " + frame + ")").orElse("");
    return new Refused(
        "%s cannot compute in %s%s: %s; train it without mixed-precision, or in %s"
            .formatted(
                what, type, where, firstLine(failure), type == DataType.BFLOAT16 ? "fp16" : "bf16"),
        failure);
  }

  private static final class Refused extends UnsupportedOperationException {
    private static final long serialVersionUID = 1;

    Refused(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static String firstLine(Throwable failure) {
    if (root(failure) instanceof EngineException engine) {
      return Reason.of(engine);
    }
    String message = String.valueOf(failure.getMessage());
    int sentence = message.indexOf("RuntimeError: ");
    String from = sentence < 0 ? message : message.substring(sentence);
    return from.lines().findFirst().orElse("");
  }

  // Blocks by the name of their class; a class of which there are several, by that alone.
  private static void collect(Block block, String path, Map<String, String> names) {
    String type = block.getClass().getName();
    String name = path.isEmpty() ? type : path + " (" + type + ")";
    names.merge(type, name, (_, _) -> type);
    for (Pair<String, Block> child : block.getChildren()) {
      collect(
          child.getValue(), path.isEmpty() ? child.getKey() : path + "." + child.getKey(), names);
    }
  }
}
