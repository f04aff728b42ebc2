package io.antiphon.experiment;

import java.util.Arrays;
import java.util.List;

/// How often which class was taken for which.
public final class Confusion {
  private final List<String> names;
  private final long[][] counts;

  Confusion(List<String> names) {
    this.names = names;
    counts = new long[names.size()][names.size()];
  }

  /// Counts a sample; not one whose target is no class, as of one that is left out.
  void add(String is, String says) {
    if (names.contains(is)) {
      counts[names.indexOf(is)][names.indexOf(says)]++;
    }
  }

  /// {@return the classes, in the order of their indices}
  public List<String> names() {
    return names;
  }

  /// {@return for the samples of a class, how often each class was said, in the order of
  /// [#names()]}
  ///
  /// @param index the class's
  public List<Long> of(int index) {
    return Arrays.stream(counts[index]).boxed().toList();
  }
}
