package io.antiphon.core.spi;

import io.antiphon.core.Row;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Writes a page that shows runs side by side, for a command line that need not know who does: a
/// service, found by `ServiceLoader` in the image and among plug-ins.
public interface ComparisonPage {
  /// A run.
  ///
  /// @param name what it is called
  /// @param facts what there is to say of it, by name; the same names for all runs
  /// @param rows its epochs, in order
  record Run(String name, SequencedMap<String, String> facts, List<Row> rows) {
    public Run {
      rows = List.copyOf(rows);
    }
  }

  /// Runs to compare.
  ///
  /// @param runs the runs, at least one
  /// @param differences what their experiments say otherwise, each with the value of each run;
  ///   empty where it has none
  /// @param higherIsBetter for each number of which that is known whether more of it is better
  record Comparison(
      List<Run> runs,
      SequencedMap<String, List<String>> differences,
      Map<String, Boolean> higherIsBetter) {
    public Comparison {
      runs = List.copyOf(runs);
    }
  }

  /// {@return the page in HTML, which needs neither a network nor another file}
  String html(Comparison comparison);
}
