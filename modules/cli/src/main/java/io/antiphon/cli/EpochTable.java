package io.antiphon.cli;

import io.antiphon.experiment.Row;
import java.util.Map;

/// A line per epoch, under a head that names the columns.
final class EpochTable {
  private static final int WIDTH = 10;
  private static final String GAP = "  ";

  private final Terminal terminal;
  private boolean headed;

  EpochTable(Terminal terminal) {
    this.terminal = terminal;
  }

  void add(Row row) {
    Map<String, String> columns = row.columns();
    if (!headed) {
      headed = true;
      var head = new StringBuilder();
      columns.keySet().forEach(name -> head.append(cell(name, name)));
      terminal.out().println(head);
    }
    var line = new StringBuilder();
    columns.forEach((name, value) -> line.append(cell(value.isEmpty() ? "-" : value, name)));
    terminal.out().println(line.append(row.partial() ? "  cut short" : ""));
  }

  private static String cell(String value, String name) {
    int width = name.equals("epoch") ? name.length() : Math.max(WIDTH, name.length());
    String gap = name.equals("epoch") ? "" : GAP;
    return gap + " ".repeat(Math.max(0, width - value.length())) + value;
  }
}
