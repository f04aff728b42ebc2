package io.antiphon.study;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Cells of tables, and tables as texts.
final class Cells {
  static final String NOTHING = "–";
  private static final MathContext DIGITS = new MathContext(4);

  private Cells() {}

  /// {@return a number with four digits, `–` if there is none}
  static String number(double value) {
    return Double.isFinite(value) ? rounded(value, DIGITS) : NOTHING;
  }

  /// {@return a number with some digits, as YAML, CSV and people read it}
  static String rounded(double value, MathContext digits) {
    BigDecimal rounded = new BigDecimal(value).round(digits).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (rounded.signum() == 0) {
      return "0";
    }
    if (exponent >= -5 && exponent < 7) {
      return rounded.toPlainString();
    }
    BigDecimal mantissa = rounded.movePointLeft(exponent);
    String text = mantissa.toPlainString();
    return (text.contains(".") ? text : text + ".0") + "e" + exponent;
  }

  /// {@return a difference, with its sign}
  static String signed(double value) {
    return value > 0 ? "+" + number(value) : number(value);
  }

  /// {@return a probability with three digits behind the point, as `< 0.001` if it is smaller}
  static String probability(double p) {
    if (Double.isNaN(p)) {
      return NOTHING;
    }
    return p < 0.001 ? "< 0.001" : "%.3f".formatted(p);
  }

  /// {@return a table in Markdown whose columns are aligned as they stand, too; numbers to the
  /// right}
  ///
  /// @param rows the first one has the heads
  static String markdown(List<List<String>> rows) {
    List<List<String>> shown =
        rows.stream().map(row -> row.stream().map(Cells::escaped).toList()).toList();
    int columns = shown.getFirst().size();
    var widths = new ArrayList<Integer>();
    for (int i = 0; i < columns; i++) {
      int column = i;
      widths.add(shown.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
    }
    var text = new StringBuilder();
    line(text, shown.getFirst(), widths);
    for (int i = 0; i < columns; i++) {
      int width = Math.max(3, widths.get(i));
      widths.set(i, width);
      text.append(i == 0 ? "|" : "").append(i == 0 ? ":" : "-").append("-".repeat(width));
      text.append(i == 0 ? "-|" : ":|");
    }
    text.append('\n');
    shown.subList(1, shown.size()).forEach(row -> line(text, row, widths));
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> cells, List<Integer> widths) {
    for (int i = 0; i < cells.size(); i++) {
      String cell = cells.get(i);
      String gap = " ".repeat(Math.max(0, Math.max(3, widths.get(i)) - cell.length()));
      text.append(i == 0 ? "| " : " ").append(i == 0 ? cell + gap : gap + cell).append(" |");
    }
    text.append('\n');
  }

  private static String escaped(String cell) {
    return cell.replace("|", "\\|").replaceAll("\\s+", " ");
  }

  /// {@return a table in CSV, the first row the heads}
  static String csv(List<List<String>> rows) {
    return rows.stream()
        .map(row -> row.stream().map(Cells::quoted).collect(Collectors.joining(",")) + "\n")
        .collect(Collectors.joining());
  }

  private static String quoted(String cell) {
    return cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }

  /// {@return a number for programs: all its digits, empty if there is none}
  static String exact(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "";
  }
}
