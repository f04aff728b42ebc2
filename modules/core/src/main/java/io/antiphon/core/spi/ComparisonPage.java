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

  /// What there is to see before the runs themselves.
  ///
  /// @param title what it is
  /// @param text a few sentences, may be empty
  /// @param table rows of cells, the first one their heads; may be empty
  /// @param picture SVG in the page's own colours, `var(--ink)`, `var(--s0)` and so on; may be
  ///   empty
  record Part(String title, String text, List<List<String>> table, String picture) {
    public Part {
      table = table.stream().map(List::copyOf).toList();
    }
  }

  /// Runs to compare.
  ///
  /// @param title the page's
  /// @param parts what comes first, if anything
  /// @param runs the runs, at least one
  /// @param differences what their experiments say otherwise, each with the value of each run;
  ///   empty where it has none
  /// @param higherIsBetter for each number of which that is known whether more of it is better
  record Comparison(
      String title,
      List<Part> parts,
      List<Run> runs,
      SequencedMap<String, List<String>> differences,
      Map<String, Boolean> higherIsBetter) {
    public Comparison {
      parts = List.copyOf(parts);
      runs = List.copyOf(runs);
    }
  }

  /// {@return the page in HTML, which needs neither a network nor another file}
  String html(Comparison comparison);
}
