package io.antiphon.examples.trainingprocess;

import java.util.ArrayList;
import java.util.List;

/// Numbers as people say them, from 1 to 9,999, word by word: one . two . three . …
final class HumanNumbers {
  private static final List<String> UNITS =
      List.of(
          ". one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
              .concat(" sixteen seventeen eighteen nineteen")
              .split(" "));
  private static final List<String> TENS =
      List.of("twenty thirty forty fifty sixty seventy eighty ninety".split(" "));

  /// The words that there are; a token is a place here.
  static final List<String> WORDS = words();

  private HumanNumbers() {}

  private static List<String> words() {
    var words = new ArrayList<>(UNITS);
    words.addAll(TENS);
    words.addAll(List.of("hundred", "thousand"));
    return List.copyOf(words);
  }

  /// {@return the tokens of some numbers, each with a full stop behind it}
  static int[] tokens(int first, int last) {
    var tokens = new ArrayList<Integer>();
    for (int number = first; number <= last; number++) {
      if (number >= 1000) {
        tokens.add(number / 1000);
        tokens.add(WORDS.indexOf("thousand"));
      }
      if (number % 1000 >= 100) {
        tokens.add(number % 1000 / 100);
        tokens.add(WORDS.indexOf("hundred"));
      }
      int rest = number % 100;
      if (rest >= 20) {
        tokens.add(UNITS.size() + rest / 10 - 2);
        rest %= 10;
      }
      if (rest > 0) {
        tokens.add(rest);
      }
      tokens.add(0);
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }
}
