package io.antiphon.csv;

import java.util.LinkedHashSet;
import java.util.Set;

/// What the values of a column look like.
final class Finding {
  /// More different values than any embedding of a small table has.
  static final int MOST = 10_000;

  /// From where on a column of texts that are nearly all different is not categories.
  private static final int FEW = 50;

  private final String name;
  private final Set<String> different = new LinkedHashSet<>();
  private long missing;
  private long numbers;
  private long texts;
  private String firstText = "";
  private long firstTextLine;
  private boolean whole = true;
  private boolean binary = true;
  private boolean tooMany;

  Finding(String name) {
    this.name = name;
  }

  void add(String field, long line, Reading reading) {
    if (reading.isMissing(field)) {
      missing++;
      return;
    }
    double number = reading.number(field);
    if (Double.isNaN(number)) {
      if (texts++ == 0) {
        firstText = field;
        firstTextLine = line;
      }
      binary = false;
    } else {
      numbers++;
      whole &= number == Math.rint(number);
      binary &= number == 0 || number == 1;
    }
    if (!tooMany && different.add(field) && different.size() > MOST) {
      tooMany = true;
      different.clear();
    }
  }

  String name() {
    return name;
  }

  long missing() {
    return missing;
  }

  long present() {
    return numbers + texts;
  }

  boolean isNumber() {
    return texts == 0;
  }

  boolean isWhole() {
    return isNumber() && whole;
  }

  boolean isBinary() {
    return isNumber() && binary;
  }

  /// Whether most are numbers, so that the others are mistakes.
  boolean isNumberWithMistakes() {
    return texts > 0 && numbers > texts;
  }

  /// Whether there are numbers among texts.
  boolean isMixed() {
    return texts > 0 && numbers > 0;
  }

  String firstText() {
    return firstText;
  }

  long firstTextLine() {
    return firstTextLine;
  }

  long texts() {
    return texts;
  }

  boolean hasTooMany() {
    return tooMany;
  }

  /// {@return the different values by first sight; none if there are too many}
  Set<String> different() {
    return different;
  }

  /// Whether nearly every row has a text of its own, as names and remarks have.
  boolean isFreeText() {
    return tooMany || (different.size() > FEW && different.size() > present() / 2);
  }
}
