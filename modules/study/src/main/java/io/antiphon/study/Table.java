package io.antiphon.study;

import java.util.List;

/// A table of what a study came to.
///
/// @param title what it is
/// @param text how to read it, in whole sentences, a line each
/// @param rows rows of cells for people, the first one the heads
record Table(String title, List<String> text, List<List<String>> rows) {
  Table {
    text = List.copyOf(text);
    rows = rows.stream().map(List::copyOf).toList();
  }

  /// {@return this in Markdown}
  String markdown() {
    String table = rows.isEmpty() ? "" : Cells.markdown(rows) + "\n";
    String lines = text.isEmpty() ? "" : String.join("\n", text) + "\n\n";
    return "## " + title + "\n\n" + table + lines;
  }
}
