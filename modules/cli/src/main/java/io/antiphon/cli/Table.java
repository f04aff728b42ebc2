package io.antiphon.cli;

import java.util.ArrayList;
import java.util.List;

/// Rows in aligned columns.
final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /// Adds a row.
  void add(String... cells) {
    rows.add(List.of(cells));
  }

  /// Adds a row with a name.
  void addNamed(String name, List<String> cells) {
    var row = new ArrayList<String>(List.of(name));
    row.addAll(cells);
    rows.add(row);
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /// {@return the rows as lines, each with a prefix}
  String lines(String prefix) {
    var widths = new ArrayList<Integer>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        int width = row.get(i).length();
        if (i == widths.size()) {
          widths.add(width);
        } else {
          widths.set(i, Math.max(width, widths.get(i)));
        }
      }
    }
    var text = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder(prefix);
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).repeat(' ', widths.get(i) - row.get(i).length()).append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
