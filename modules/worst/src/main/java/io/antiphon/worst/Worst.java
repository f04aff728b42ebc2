package io.antiphon.worst;

import io.antiphon.core.Chart;
import io.antiphon.core.Png;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// A sample that a model is wrong about.
///
/// @param place its place in the order of the data
/// @param loss its own
/// @param target what it is; empty if that is no few numbers
/// @param output what the model gave; empty if that is no few numbers
/// @param isClass whether the target is the index of an output
/// @param picture what it looks like; empty if it is no picture
public record Worst(
    long place,
    double loss,
    List<Double> target,
    List<Double> output,
    boolean isClass,
    Optional<Png> picture) {
  private static final int MOST = 6;

  public Worst {
    target = List.copyOf(target);
    output = List.copyOf(output);
  }

  /// {@return what it is, for people; empty if that is no few numbers}
  ///
  /// @param names of classes; empty if nobody knows them
  public String is(List<String> names) {
    if (target.isEmpty()) {
      return "";
    }
    return isClass ? name(names, target.getFirst().intValue()) : list(target);
  }

  /// {@return what the model takes it for, for people: a class with its probability, as logits say
  /// it; empty if that is no few numbers}
  ///
  /// @param names of classes; empty if nobody knows them
  public String says(List<String> names) {
    if (!isClass || output.isEmpty()) {
      return list(output);
    }
    double greatest = Double.NEGATIVE_INFINITY;
    int best = 0;
    for (int i = 0; i < output.size(); i++) {
      if (output.get(i) > greatest) {
        greatest = output.get(i);
        best = i;
      }
    }
    double top = greatest;
    double sum = output.stream().mapToDouble(logit -> Math.exp(logit - top)).sum();
    return name(names, best)
        + (Double.isFinite(sum) ? String.format(Locale.ROOT, " (%.0f %%)", 100 / sum) : "");
  }

  private static String name(List<String> names, int index) {
    return index >= 0 && index < names.size() ? names.get(index) : Integer.toString(index);
  }

  private static String list(List<Double> numbers) {
    String shown =
        numbers.stream().limit(MOST).map(Chart::number).collect(Collectors.joining(", "));
    return numbers.size() > MOST ? shown + ", …" : shown;
  }
}
