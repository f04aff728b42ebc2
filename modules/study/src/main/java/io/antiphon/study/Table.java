package io.antiphon.study;

import java.util.List;

/// A table of what a study came to.
///
/// @param title what it is
/// @param text how to read it, in whole sentences, a line each
/// @param rows rows of cells for people, the first one the heads
record Table(String title, List<String> text, List<List<String>> rows) {
  private static final int WIDTH = 100;

  Table {
    text = List.copyOf(text);
    rows = rows.stream().map(List::copyOf).toList();
  }

  /// {@return this in Markdown}
  String markdown() {
    String table = rows.isEmpty() ? "" : Cells.markdown(rows) + "\n";
    var lines = new StringBuilder();
    text.forEach(each -> wrap(lines, each));
    return "## " + title + "\n\n" + table + (text.isEmpty() ? "" : lines.append('\n'));
  }

  private static void wrap(StringBuilder lines, String text) {
    int column = 0;
    for (String word : text.split(" ", -1)) {
      boolean wraps = column > 0 && column + 1 + word.length() > WIDTH;
      lines.append(column == 0 ? "" : wraps ? "\n" : " ").append(word);
      column = word.length() + (wraps || column == 0 ? 0 : column + 1);
    }
    lines.append('\n');
  }
}
