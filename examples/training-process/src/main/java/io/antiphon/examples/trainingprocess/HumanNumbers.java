package io.antiphon.examples.trainingprocess;

import java.util.List;
import java.util.stream.IntStream;

/// Numbers as people say them, from 1 to 9,999, word by word: one . two . three . …
final class HumanNumbers {
  /// The words that there are; a token is a place here.
  static final List<String> WORDS =
      List.of(
          """
          . one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
          sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety \
          hundred thousand\
          """
              .split(" "));

  private HumanNumbers() {}

  /// {@return the tokens of some numbers, each with a full stop behind it}
  static int[] tokens(int first, int last) {
    return IntStream.rangeClosed(first, last)
        .flatMap(number -> IntStream.concat(said(number), IntStream.of(0)))
        .toArray();
  }

  private static IntStream said(int number) {
    if (number < 20) {
      return number == 0 ? IntStream.empty() : IntStream.of(number);
    }
    if (number < 100) {
      return IntStream.concat(IntStream.of(number / 10 + 18), said(number % 10));
    }
    int unit = number < 1000 ? 100 : 1000;
    int word = WORDS.indexOf(unit == 100 ? "hundred" : "thousand");
    IntStream units = IntStream.concat(said(number / unit), IntStream.of(word));
    return IntStream.concat(units, said(number % unit));
  }
}
