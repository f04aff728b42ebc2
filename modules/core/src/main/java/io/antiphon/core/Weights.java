package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import io.antiphon.torch.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// A model's parameters and running statistics in a file, by name, in the safetensors format.
///
/// ```
/// Weights.Report report = Weights.read(model, file, name -> name.replace("module.", ""));
/// ```
public final class Weights {
  private Weights() {}

  /// What became of the arrays of a file and the parameters of a model.
  ///
  /// @param loaded the parameters that were read
  /// @param missing the parameters of which the file has nothing; they stay as they are
  /// @param left the file's arrays of which the model has nothing, by the names in the file
  /// @param unlike what has the name of a parameter and another shape: `01Linear_weight is (10, 3)
  ///   in the file, (10, 5) in the model`; it stays as it is
  public record Report(
      List<String> loaded, List<String> missing, List<String> left, List<String> unlike) {
    public Report {
      loaded = List.copyOf(loaded);
      missing = List.copyOf(missing);
      left = List.copyOf(left);
      unlike = List.copyOf(unlike);
    }

    /// {@return whether every parameter was read, and every array of the file used}
    public boolean isWhole() {
      return missing.isEmpty() && left.isEmpty() && unlike.isEmpty();
    }

    /// {@return what happened, for people, in a few lines}
    @Override
    public String toString() {
      var text = new StringBuilder("loaded %d".formatted(loaded.size()));
      tell(text, "missing in the file", missing);
      tell(text, "left in the file", left);
      tell(text, "of another shape", unlike);
      return text.toString();
    }

    /// {@return what was not read and not used, for people, in one line}
    public String differences() {
      return toString().lines().skip(1).collect(Collectors.joining("; "));
    }

    private static void tell(StringBuilder text, String what, List<String> names) {
      if (!names.isEmpty()) {
        text.append("\n%s: %s".formatted(what, String.join(", ", names)));
      }
    }
  }

  /// Writes a model's parameters.
  ///
  /// @throws UncheckedIOException if the file cannot be written
  public static void write(Block model, Path file) {
    try (var _ = Autograd.off()) {
      Safetensors.write(file, arrays(model), Map.of("format", "pt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads all of a model's parameters; the file must have each of them, and nothing else.
  ///
  /// @throws IllegalArgumentException if it has not; the message tells the difference
  /// @throws io.antiphon.torch.SafetensorsException if it is no whole safetensors file
  public static void read(Block model, Path file) {
    try (Safetensors saved = Safetensors.open(file)) {
      check(arrays(model), saved);
    }
    var _ = read(model, file, UnaryOperator.identity());
  }

  /// Reads those of a model's parameters that a file has. What does not fit stays as it is.
  ///
  /// @param model an initialised model
  /// @param rename from a name in the file to one in the model; several names in the file may not
  ///   become one
  /// @return what was read and what was not
  /// @throws IllegalArgumentException if several arrays become one parameter
  /// @throws io.antiphon.torch.SafetensorsException if it is no whole safetensors file
  public static Report read(Block model, Path file, UnaryOperator<String> rename) {
    Map<String, NDArray> there = arrays(model);
    var missing = new LinkedHashMap<>(there);
    var loaded = new ArrayList<String>();
    var left = new ArrayList<String>();
    var unlike = new ArrayList<String>();
    try (Safetensors saved = Safetensors.open(file);
        var _ = Autograd.off()) {
      for (String name : saved.names()) {
        String mine = rename.apply(name);
        NDArray array = there.get(mine);
        if (array == null) {
          left.add(name);
          continue;
        }
        if (missing.remove(mine) == null) {
          throw new IllegalArgumentException(
              "two arrays of %s become '%s', one of them '%s'".formatted(file, mine, name));
        }
        if (!saved.shape(name).equals(array.getShape())) {
          unlike.add(difference(mine, saved.shape(name), array));
          continue;
        }
        try (NDManager scratch = array.getManager().newSubManager()) {
          Copies.write(new NDList(saved.read(name, scratch)), List.of(array));
        }
        loaded.add(mine);
      }
    }
    return new Report(loaded, List.copyOf(missing.keySet()), left, unlike);
  }

  private static String difference(String name, ai.djl.ndarray.types.Shape saved, NDArray array) {
    return "%s is %s in the file, %s in the model".formatted(name, saved, array.getShape());
  }

  /// {@return a model's running statistics, such as a batch norm's mean and variance, in its order}
  public static NDList statistics(Block model) {
    return which(model, true);
  }

  /// {@return all of a model's arrays but its running statistics, in its order}
  public static NDList learned(Block model) {
    return which(model, false);
  }

  private static NDList which(Block model, boolean statistics) {
    var arrays = new NDList();
    for (Parameter parameter : model.getParameters().values()) {
      boolean isStatistic =
          parameter.getType() == Parameter.Type.RUNNING_MEAN
              || parameter.getType() == Parameter.Type.RUNNING_VAR;
      if (isStatistic == statistics) {
        arrays.add(parameter.getArray());
      }
    }
    return arrays;
  }

  static Map<String, NDArray> arrays(Block model) {
    var arrays = new LinkedHashMap<String, NDArray>();
    for (Pair<String, Parameter> each : model.getParameters()) {
      arrays.put(each.getKey(), each.getValue().getArray());
    }
    return arrays;
  }

  /// Refuses weights of another model.
  static void check(Map<String, NDArray> there, Safetensors saved) {
    var missing = new ArrayList<>(there.keySet());
    missing.removeAll(saved.names());
    var left = new ArrayList<>(saved.names());
    left.removeAll(there.keySet());
    var unlike = new ArrayList<String>();
    there.forEach((name, array) -> {
      if (saved.names().contains(name) && !saved.shape(name).equals(array.getShape())) {
        unlike.add(difference(name, saved.shape(name), array));
      }
    });
    var report = new Report(List.of(), missing, left, unlike);
    if (!report.isWhole()) {
      throw new IllegalArgumentException(
          "these are the weights of another model: " + report.differences());
    }
  }
}
