package io.antiphon.csv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A column of texts, each kept once.
final class Codes {
  /// The code of a value that is missing.
  static final int NONE = -1;

  private final Map<String, Integer> known = new HashMap<>();
  private final List<String> values = new ArrayList<>();
  private int[] codes = new int[64];
  private int size;

  void add(String value) {
    addCode(
        known.computeIfAbsent(
            value,
            _ -> {
              values.add(value);
              return values.size() - 1;
            }));
  }

  void addMissing() {
    addCode(NONE);
  }

  private void addCode(int code) {
    if (size == codes.length) {
      codes = Arrays.copyOf(codes, size + (size >> 1));
    }
    codes[size++] = code;
  }

  int code(int row) {
    return codes[row];
  }

  boolean isMissing(int row) {
    return codes[row] == NONE;
  }

  String value(int row) {
    return values.get(codes[row]);
  }

  /// {@return the values by first sight}
  List<String> values() {
    return values;
  }
}
