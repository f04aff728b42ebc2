package io.antiphon.csv;

import io.antiphon.data.DataException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// How fields are understood.
final class Reading {
  private final Set<String> marks;
  private final boolean comma;

  Reading(Csv.Options options) {
    marks = new HashSet<>(options.missingMarks());
    comma = options.decimal().equals(",");
  }

  /// Whether a field, without spaces around it, says that nothing is known.
  boolean isMissing(String field) {
    return field.isEmpty() || marks.contains(field);
  }

  /// {@return a number, NaN if the field is none: digits, a sign, a point and an exponent may be in
  /// it}
  double number(String field) {
    String text = comma ? field.replace(',', '.') : field;
    boolean digits = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      digits |= c >= '0' && c <= '9';
      if ((c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E') {
        return Double.NaN; // Java takes 1d, 0x1p3 and Infinity, which nobody means
      }
    }
    if (!digits || (comma && field.indexOf('.') >= 0)) {
      return Double.NaN;
    }
    try {
      double value = Double.parseDouble(text);
      return Math.abs(value) <= Float.MAX_VALUE ? value : Double.NaN;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  static DataException wrong(Path file, long line, String sentence, Object... arguments) {
    return new DataException("%s:%d: ".formatted(file, line) + sentence.formatted(arguments));
  }
}
